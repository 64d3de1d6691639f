# Two stages: the first installs from the lock, as scripts/run does; the second has no build tools.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/newsmonitor \
    && /opt/newsmonitor/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /opt/newsmonitor/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data newsmonitor \
    && install -d -o newsmonitor -g newsmonitor /data /config
COPY --from=build /opt/newsmonitor /opt/newsmonitor
ENV PATH=/opt/newsmonitor/bin:$PATH PYTHONDONTWRITEBYTECODE=1 NEWSMONITOR_CONFIG=/config
# The database's default address is relative: it lands in /data.
WORKDIR /
USER 10001
VOLUME ["/config", "/data"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=10s --start-period=30s CMD ["newsmonitor", "health"]
ENTRYPOINT ["newsmonitor"]
CMD ["run"]
