"""The canonical key of a news address: two addresses of one article have the same key.

The key is for comparing only; it is never fetched. It has no scheme, since the http and the https
address of an article are the same article. What no rule on strings can know (short links, opaque
ids) is left to the alias table, which remembers every address that an article was seen under.
"""

import re
import string
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from monitor.dedup import googlenews

_MAX_UNWRAPS = 3
_DEFAULT_PORTS = {80, 443}
_MIRROR_PREFIXES = ("www.", "m.", "mobile.", "mobi.", "touch.", "wap.", "amp.")
_INDEX_PAGE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_AMP_TAIL = re.compile(r"(?:/amp(?:\.html)?|\.amp)$|\.amp(?=\.html$)", re.IGNORECASE)
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#]*", re.IGNORECASE)
_SESSION_VALUE = re.compile(r"^(?=.*\d)[0-9a-z]{20,}$", re.IGNORECASE)
_MARKETING_VALUE = re.compile(
    r"^(?:rss|feed|feeds|twitter|tw|facebook|fb|email|mail|newsletter|social|share|home|homepage|app|ios|android"
    r"|push|google|googlenews|flipboard|whatsapp|telegram|linkedin|reddit|instagram|yahoo|msn|bing)$",
    re.IGNORECASE,
)
# Names that carry where a reader came from, never which article is shown.
_TRACKING_PREFIXES = (
    "utm_",
    "_hs",
    "hsa_",
    "mc_",
    "pk_",
    "piwik_",
    "mtm_",
    "matomo_",
    "at_",
    "ga_",
    "wt_",
    "ns_",
)
_TRACKING = frozenset(
    "fbclid gclid dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh mkt_tok vero_id oly_enc_id"
    " oly_anon_id wickedid s_cid ncid cmpid cmp cid_source smid smtyp emc mbid feedtype feedname"
    " guccounter guce_referrer guce_referrer_sig soc_src soc_trk spref sref fb_action_ids"
    " fb_action_types fb_source ref_src ref_url taid xtor xtref wt.mc_id wt.rss_f wt.rss_a ocid"
    " campaign_id traffic_source __twitter_impression outputtype amp amp_js_v usqp _ga _gl srsltid"
    " ftag tpcc tblci __source __tn__ rss_source".split()
)
_ONLY_WHEN_MARKETING = frozenset(
    {"ref", "source", "src", "from", "via", "origin", "share", "share_source", "partner", "ito", "rss"}
)
_AMP_VALUES = {("format", "amp"), ("output", "amp"), ("mode", "amp"), ("view", "amp"), ("type", "amp")} | {
    ("page", "all"),
    ("pagewanted", "all"),
    ("print", "true"),
    ("print", "1"),
}
# Names whose value is what is shown, even when it speaks of feeds; `at_id` and its like number an article.
_SAYS_WHAT = frozenset("q s query search keyword tag topic title name id doc article".split())
_NUMBERS = frozenset("at_id ga_id ns_id wt_id".split())
# host suffix, path prefix → the parameter that holds the article's own address
_REDIRECTORS = (
    ("facebook.com", "/l.php", ("u",)),
    ("bing.com", "/news/apiclick.aspx", ("url",)),
    ("google.com", "/url", ("url", "q")),
    ("news.google.com", "/news/url", ("url",)),
    ("msn.com", "/redirect", ("url",)),
    ("yahoo.com", "/rss/redirect", ("url",)),
    ("l.instagram.com", "/", ("u",)),
    ("out.reddit.com", "/", ("url",)),
    ("safelinks.protection.outlook.com", "/", ("url",)),
    ("slack-redir.net", "/link", ("url",)),
    ("vk.com", "/away.php", ("to",)),
)
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_GOOGLE_NEWS = re.compile(r"^/(?:rss/|__i/rss/rd/)?articles/([A-Za-z0-9_=-]+)$")
_AMP_CACHE = re.compile(r"^/[acvir]/(?:s/)?(?=[^/]+\.[^/]+/)")
_AMP_HEAD = re.compile(r"^/amp(?=/.)", re.IGNORECASE)
_FROM_A_FEED = re.compile(r"^(?:rss|feed|rss[_-].*|.*[_-]rss)$", re.IGNORECASE)
_GOOGLE_AMP = re.compile(r"^/amp/(s/)?(?=[^/]+\.[^/]+/)")


def canonical(url: str) -> str:
    """The key of an http(s) address, or "" when it has none (another scheme, no host, no path).

    A site's home page is no key: too many broken links lead there.
    """
    parts = _split(url)
    for _ in range(_MAX_UNWRAPS):
        inner = _unwrap(*parts) if parts else None
        if inner is None:
            break
        parts = _split(inner)
    if parts is None:
        return ""
    host, path, query, fragment = parts
    path = _normal_path(path)
    query = _normal_query(query)
    route = f"#{fragment}" if fragment.startswith(("/", "!")) else ""
    if not path and not query and not route:
        return ""
    return host + path + (f"?{query}" if query else "") + route


def host(url: str) -> str:
    """The host of an address as the key spells it: lower case, without www, m or amp; "" if none."""
    parts = _split(url)
    return parts[0] if parts else ""


@lru_cache(maxsize=256)  # the key and the host of one address are asked for one after the other
def _split(url: str) -> tuple[str, str, str, str] | None:
    """(host with port, path, query, fragment), or None when this is no http(s) address."""
    url = _SURROGATE.sub("\ufffd", "".join(url.split()).replace("&amp;", "&"))
    if url.startswith("//"):
        url = "https:" + url
    try:
        parts = urlsplit(url)
        port = parts.port
        name = _normal_host(parts.hostname or "")
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not name:
        return None
    if port and port not in _DEFAULT_PORTS:
        name = f"{name}:{port}"
    return name, parts.path, parts.query, parts.fragment


def _normal_host(name: str) -> str:
    name = name.rstrip(".").lower()
    if not name.isascii():
        name = name.encode("idna").decode("ascii")  # UnicodeError is a ValueError
    for prefix in _MIRROR_PREFIXES:
        if name.startswith(prefix) and name.count(".") >= 2:
            return name.removeprefix(prefix)
    return name


def _unwrap(name: str, path: str, query: str, _fragment: str) -> str | None:
    """The address inside a redirector's address."""
    if name == "news.google.com" and (article := _GOOGLE_NEWS.match(path)):
        return googlenews.decode(article[1]) or None
    if name.endswith("google.com") and (amp := _GOOGLE_AMP.match(path)):
        return "https://" + path[amp.end() :] + (f"?{query}" if query else "")
    if name.endswith(".cdn.ampproject.org") and (amp := _AMP_CACHE.match(path)):
        return "https://" + path[amp.end() :] + (f"?{query}" if query else "")
    if name == "youtu.be" and len(path) > 1:
        return "https://youtube.com/watch?v=" + path.strip("/")
    for suffix, prefix, parameters in _REDIRECTORS:
        if (name == suffix or name.endswith("." + suffix)) and path.startswith(prefix):
            values = dict(parse_qsl(query))
            for parameter in parameters:
                if values.get(parameter, "").startswith(("http://", "https://")):
                    return values[parameter]
    return None


def _normal_path(path: str) -> str:
    path = _SESSION.sub("", path)
    path = quote(_ESCAPE.sub(_normal_escape, path), safe="%/!$&'()*+,;=:@~", errors="surrogateescape")
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            segments = segments[:-1]
        elif segment not in ("", "."):
            segments.append(segment)
    path = "/" + "/".join(segments)
    path = _AMP_HEAD.sub("", _INDEX_PAGE.sub("", path))
    return _AMP_TAIL.sub("", path).rstrip("/")


def _normal_escape(escape: re.Match[str]) -> str:
    """Unreserved characters plain, all others as capital escapes (RFC 3986, 6.2.2)."""
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def _normal_query(query: str) -> str:
    kept = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
        if not _is_tracking(name.lower(), value)
    ]
    return urlencode(sorted(kept), errors="surrogateescape")


def _is_tracking(name: str, value: str) -> bool:
    if _FROM_A_FEED.match(value) and name not in _SAYS_WHAT:
        return True
    if name in _NUMBERS:
        return False
    if name in _TRACKING or name.startswith(_TRACKING_PREFIXES) or (name, value.lower()) in _AMP_VALUES:
        return True
    if name in _ONLY_WHEN_MARKETING:
        return bool(_MARKETING_VALUE.match(value))
    # `sid` is a story's number on many sites; only a long random value is a session.
    return name in ("sid", "sessionid", "phpsessid", "jsessionid") and bool(_SESSION_VALUE.match(value))
