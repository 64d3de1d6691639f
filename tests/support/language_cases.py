"""What queries find in headlines of many languages: by language, (query, headline, words found or None)."""

from tests.support.match_cases import Case

HEADLINES: dict[str, list[Case]] = {
    "en": [
        ("tariff* NEAR/4 steel", "U.S. tariffs on imported steel rise", ["tariffs", "steel"]),
        ('Jordan EXCEPT ("Michael Jordan" OR "Jordan Peterson")', "Jordan Peterson in Jordan", ["Jordan"]),
        ("strike -(lightning OR \"strike zone\")", "Rail workers strike; no lightning seen", None),
        ("exact:WHO AND outbreak", "WHO declares Marburg outbreak over", ["WHO", "outbreak"]),
    ],
    "de": [
        ("Bundestag* AND Haushalt*", "Der Bundestag berät über den Haushalt", ["Bundestag", "Haushalt"]),
        ("Gas NEAR/2 Preis*", "Gas: Die Preise fallen", ["Gas", "Preise"]),
        ("Gas", "Gaspreis sinkt", None),
        ("*preis*", "Der Gaspreisdeckel kommt", ["Gaspreisdeckel"]),
    ],
    "fr": [
        ("Élysée", "À L'ELYSEE, on se tait", ["ELYSEE"]),
        ("grève* ONEAR/5 SNCF", "La grève à la SNCF continue", ["grève", "SNCF"]),
        ("aujourd'hui", "Aujourd’hui en France", ["Aujourd’hui"]),
        ('"gilets jaunes"', "les gilets-jaunes de retour", ["gilets-jaunes"]),
    ],
    "es": [
        ("Perú AND eleccion*", "Elecciones en Peru", ["Elecciones", "Peru"]),
        ("2 OF (petróleo, gas, litio)", "Litio y petróleo en Bolivia", ["Litio", "petróleo"]),
        ("España", "ESPANA gana", ["ESPANA"]),
        ("¿Quién", "¿Quien ganó?", ["Quien"]),
    ],
    "pt": [
        ("São Paulo", "Sao Paulo para", ["Sao", "Paulo"]),
        ("inflaç*", "A INFLAÇÃO sobe", ["INFLAÇÃO"]),
        ("guarda-chuva", "um guarda chuva", ["guarda chuva"]),
        ("Brasil -futebol", "O futebol do Brasil", None),
    ],
    "it": [
        ("Italia", "nell’Italia e d'Italia", ["Italia", "Italia"]),
        ("perché", "Perchè no?", ["Perchè"]),
        ("sciopero NEAR/3 treni", "Sciopero dei treni", ["Sciopero", "treni"]),
        ("Meloni*", "la Meloni-bis", ["Meloni"]),
    ],
    "ru": [
        ("Росси* NEAR/3 газ*", "Россия увеличит поставки газа", ["Россия", "газа"]),
        ("ЕЩЁ", "еще раз", ["еще"]),
        ("Королёв", "Королев умер", ["Королев"]),
        ("край", "краи", None),
    ],
    "uk": [
        ("Київ*", "у Києві та Київщині", ["Київщині"]),
        ("об'єднання", "об’єднання громад", ["об’єднання"]),
        ("Зеленськ*", "Зеленський прибув", ["Зеленський"]),
        ("ґрунт", "грунт", None),
    ],
    "pl": [
        ("Łódź", "w LODZ i Lodz", ["LODZ", "Lodz"]),
        ("Kaczyńsk*", "Kaczyńskiego przyjęto", ["Kaczyńskiego"]),
        ("żółw", "zolw", ["zolw"]),
        ("prezydent AND NOT Duda", "Prezydent Duda", None),
    ],
    "cs": [
        ("Škoda", "skoda auto", ["skoda"]),
        ("Praha OR Praz*", "v Praze", ["Praze"]),
        ("Babiš*", "Babišova vláda", ["Babišova"]),
    ],
    "tr": [
        ("İzmir", "izmir ve IZMIR", ["izmir", "IZMIR"]),
        ("ışık", "IŞIK söndü", ["IŞIK"]),
        ("Erdoğan", "Erdoğan'ın ziyareti", ["Erdoğan"]),
        ("seçim*", "SEÇİMLER yaklaşıyor", ["SEÇİMLER"]),
    ],
    "el": [
        ("Ελλαδα", "Η Ελλάδα ψηφίζει", ["Ελλάδα"]),
        ("πόλος", "ο ΠΟΛΟΣ", ["ΠΟΛΟΣ"]),
        ("εκλογ*", "ΕΚΛΟΓΈΣ σήμερα", ["ΕΚΛΟΓΈΣ"]),
    ],
    "ar": [
        ("القاهرة", "في القاهرة وبالقاهرة", ["القاهرة"]),  # one clitic and the article, no more
        ("إسرائيل", "قالت اسرائيل", ["اسرائيل"]),
        ("نفط* AND العراق", "والعراق يصدر النفط", ["والعراق", "النفط"]),
        ("مستشفى", "إلى المستشفي", ["المستشفي"]),
    ],
    "fa": [
        ("ایران", "ايران و عراق", ["ايران"]),
        ("تهران", "در تهران", ["تهران"]),
        ("کرمان", "كرمان", ["كرمان"]),
    ],
    "he": [
        ("ישראל", "בישראל ומישראל", ["בישראל"]),
        ("ירושלים", "הירושלים שבירושלים", ["הירושלים"]),
        ("כנסת", "הכנסת אישרה", ["הכנסת"]),
    ],
    "zh": [
        ("北京 AND 会议", "北京举行会议", ["北京", "会议"]),
        ("上海 NEAR/3 地震", "上海发生地震", ["上海", "地震"]),
        ("中国 EXCEPT 中国银行", "中国银行和中国", ["中国"]),
        ("台湾", "台灣", None),
    ],
    "ja": [
        ("地震", "東京で地震がありました", ["地震"]),
        ("ﾄﾖﾀ", "トヨタ自動車", ["トヨタ"]),
        ("東京 -大阪", "東京と大阪", None),
        ("か゛す", "がす", None),
    ],
    "ko": [
        ("북한", "북한은 미사일을", ["북한"]),
        ("미사일 NEAR/4 북한", "북한이 또 미사일", ["북한", "미사일"]),
        ("한국", "대한민국", None),
    ],
    "th": [
        ("กรุงเทพ", "ที่กรุงเทพมหานคร", ["กรุงเทพ"]),
        ("น้ำท่วม", "เกิดน้ำท่วมหนัก", ["น้ำท่วม"]),
    ],
    "vi": [
        ("Hà Nội", "tại Hà Nội hôm nay", ["Hà", "Nội"]),
        ('"Việt Nam"', "VIET NAM thắng", ["VIET NAM"]),
        ("bão*", "cơn BÃO số 3", ["BÃO"]),
    ],
    "hi": [
        ("भारत", "भारत और चीन", ["भारत"]),
        ("दिल्ली", "नई दिल्ली में", ["दिल्ली"]),
        ("मोदी -राहुल", "राहुल और मोदी", None),
    ],
    "id": [
        ("gempa* NEAR/3 Lombok", "Gempa guncang Lombok", ["Gempa", "Lombok"]),
        ("anak-anak", "anak anak", ["anak anak"]),
    ],
    "sv": [
        ("Göteborg", "I GÖTEBORG och Goteborg", ["GÖTEBORG", "Goteborg"]),
        ("riksdag*", "Riksdagens beslut", ["Riksdagens"]),
    ],
    "hu": [
        ("Orbán*", "Orbánnal tárgyalt", ["Orbánnal"]),
        ("erdő", "ERDŐ ég", ["ERDŐ"]),
    ],
    "ro": [
        ("Brașov", "la Braşov", ["Braşov"]),
        ("alegeri*", "ALEGERILE locale", ["ALEGERILE"]),
    ],
    "fi": [
        ("Venäj*", "Venäjän rajalla", ["Venäjän"]),
        ("öljy", "OLJY kallistuu", ["OLJY"]),
    ],
    "nl": [
        ("ijs", "ĳs en IJs", ["ĳs", "IJs"]),
        ("'s-Hertogenbosch", "in ’s-Hertogenbosch", ["s-Hertogenbosch"]),
    ],
}  # fmt: skip
CASES = [case for cases in HEADLINES.values() for case in cases]
