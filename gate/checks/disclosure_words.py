"""The words by which a reader learns that a post is advertising, or that AI made it.

Sources: FTC, 16 CFR 255.5 and "FTC's Endorsement Guides: What People Are Asking" (clear: #ad, "Ad:",
"sponsored", "paid ad", naming the employer; unclear: #sp, #spon, #collab, #partner, a thank-you);
UK CAP Code section 2 and the ASA's "Recognising ads: social media and influencer marketing" ("Ad", "Advert";
unclear: "affiliate", "in association with", "supported by"); German media authorities' guide ("Werbung",
"Anzeige"); French law 2023-451, article 5 ("Publicité", "Collaboration commerciale"); the Portuguese
Consumer Directorate's guide (#PUB); the Brazilian CONAR's guide for digital influencers ("publicidade", #publi);
the Spanish code on influencers of AUTOCONTROL, AEA and IAB Spain ("publicidad", "publi", "colaboración pagada",
"contenido patrocinado"); the Italian IAP's Digital Chart ("Pubblicità", "Advertising", "Promosso da",
"Sponsorizzato da", #adv); the Dutch and Belgian influencer rules ("reclame", "advertentie", #publiciteit);
the Polish UOKiK's recommendations ("reklama", "współpraca reklamowa"); the Nordic consumer ombudsmen's guides
("annons", "reklam", "reklame", "mainos", "kaupallinen yhteistyö").
"""

from functools import lru_cache

import regex

from gate.checks.later import compiled

_FLAGS = regex.IGNORECASE

# As a hashtag, alone in brackets, or as a label in front: "#ad", "(Ad)", "Ad: ...", "Anzeige | ...".
_LABELS = (
    r"ad|ads|advert|advertisement|advertising|paid ?ad|sponsored|paid ?partnership|paid ?promotion"
    r"|werbung|anzeige|bezahlte ?partnerschaft|publicité|pub|collaboration ?commerciale|publicidad|publi"
    r"|publicidade|parceria ?paga|colaboración ?pagada|contenido ?patrocinado|conteúdo ?patrocinado"
    r"|partenariat ?rémunéré|adv|pubblicità|contenuto ?sponsorizzato|advertentie|reclame|publiciteit"
    r"|betaald ?partnerschap|betaalde ?samenwerking|reklame|reklama|współpraca ?reklamowa|materiał ?reklamowy"
    r"|reklam|annons|annonce|annonse|betalt ?samarbete|mainos|kaupallinen ?yhteistyö"
)
# "#pub" is a public house, "Anzeige" a report to the police, "adv" an adventure: they disclose where a
# connection was declared, and contradict nobody who declared none.
_UNMISTAKABLE = (
    r"ad|advert|advertisement|paid ?ad|sponsored|paid ?partnership|paid ?promotion|werbung"
    r"|bezahlte ?partnerschaft|collaboration ?commerciale|publi|parceria ?paga|colaboración ?pagada"
    r"|contenido ?patrocinado|conteúdo ?patrocinado|partenariat ?rémunéré|contenuto ?sponsorizzato"
    r"|betaald ?partnerschap|betaalde ?samenwerking|współpraca ?reklamowa|kaupallinen ?yhteistyö"
)
# Clear enough in the middle of a sentence.
_PHRASES = (
    r"paid partnership with|in (?:a )?paid partnership|paid (?:ad|advertisement|promotion)(?: for| by| from)?"
    r"|sponsored by|this (?:post|video) is (?:an ad|sponsored)|bezahlte partnerschaft mit|gesponsert von"
    r"|en collaboration commerciale avec|sponsorisé par|patrocinado por|em parceria paga com"
    r"|en colaboración pagada con|sponsorizzato da|promosso da|gesponsord door"
    r"|in betaalde samenwerking met|we współpracy reklamowej z"
)
_GIFTED = (
    r"(?:gave|sent) (?:me|us) [^.!?\n]{0,60}(?:for free|free of charge|as a gift)|(?:was |were )?gifted by"
    r"|(?:got|received|was given|were given) [^.!?\n]{0,60}(?:for free|free of charge|as a gift)"
    r"|kostenlos (?:erhalten|zur verfügung gestellt)|offert par|regalado por|oferecido por|offerto da"
    r"|gekregen van|gratis (?:gekregen|ontvangen)"
)
_AFFILIATE = (
    r"(?:i|we) (?:may |might |will )?(?:earn|get) (?:an? )?(?:small )?commission"
    r"|(?:ich|wir) erhalten? (?:eine )?provision|(?:je touche|nous touchons) une commission"
    r"|recib(?:o|imos) una comisión|recebemos uma comissão|recebo uma comissão"
    r"|ricev(?:o|iamo) una commissione|(?:ik krijg|wij krijgen|we krijgen) (?:een )?commissie"
)
_EMPLOYEE = (
    r"(?:i|we) work (?:for|at)|my (?:employer|company)|(?:i am|i'm|i’m) (?:an employee|employed|on the team)"
    r"|our own (?:product|book|course|service|event|shop)|(?:we|our team) (?:make|made|built|sell)"
    r"|ich arbeite (?:für|bei)|wir arbeiten (?:für|bei)|mein arbeitgeber"
    r"|je travaille (?:pour|chez)|mon employeur|trabalho (?:na|no|para)|trabajo (?:en|para)"
    r"|lavoro (?:per|presso)|ik werk (?:voor|bij)|mijn werkgever"
)

_EDGE = r"(?<![\w#@])"


@lru_cache(maxsize=64)
def own_label(names: tuple[str, ...]) -> regex.Pattern[str]:
    """The organisation's own words, where a label may stand."""
    return _label("|".join(map(regex.escape, names)))


def _label(names: str) -> regex.Pattern[str]:
    return compiled(
        rf"(?<![\w&/])#(?:{names.replace(' ?', '')})(?![\w-])"
        rf"|[\[(【](?:{names})[\])】]"
        rf"|(?:^|(?<=\n))[^\w\n#@]{{0,4}}(?:{names})(?=\s*(?:[:|–—•*\n]|- |$))",
        _FLAGS,
    )


LABEL = _label(_LABELS)
UNMISTAKABLE = _label(_UNMISTAKABLE)
PHRASE = compiled(rf"{_EDGE}(?:{_PHRASES})(?!\w)", _FLAGS)
BY_RELATIONSHIP = {
    "gifted": compiled(rf"{_EDGE}(?:{_GIFTED})(?!\w)", _FLAGS),
    "affiliate": compiled(rf"{_EDGE}(?:{_AFFILIATE})(?!\w)", _FLAGS),
    "employee": compiled(rf"{_EDGE}(?:{_EMPLOYEE})(?!\w)|(?<![\w&/])#\w+_?employee(?!\w)", _FLAGS),
    "own_product": compiled(rf"{_EDGE}(?:{_EMPLOYEE})(?!\w)", _FLAGS),
}
UNCLEAR = compiled(
    r"(?<![\w&/])#(?:sp|spon|partner|partners|partnership|collab|collaboration|ambassador|affiliate|aff|client"
    r"|gifted|employee|kooperation|collaborazione|parceria|colaboración|thanks\w*)(?![\w-])"
    r"|(?<!\w)(?:thanks|thank you|danke|merci|obrigad[oa]|gracias|grazie),? (?:to )?(?-i:[@\p{Lu}])\w+"
    r"|(?<!\w)(?:in association with|supported by|funded by|affiliate link)(?!\w)",
    _FLAGS,
)
NEGATED = compiled(
    r"\b(?:not?|never|isn['’]t|un|kein[e]?|nicht|pas(?: une?)?|não|no es|non) (?:an? )?$", _FLAGS
)

AI_LABEL = compiled(
    r"(?<![\w&/])#(?:ai|ai_?generated|ai_?art|made_?with_?ai|generated_?by_?ai|genai"
    r"|ki|ki_?generiert|mit_?ki_?erstellt|ia|hecho_?con_?ia|feito_?com_?ia|fatto_?con_?ia|gemaakt_?met_?ai)(?![\w-])"
    r"|\b(?:ai|a\.i\.)[ -](?:generated|made|assisted|altered|created|edited|image|picture|photo|voice)\b"
    r"|\b(?:made|generated|created|drawn|written|edited|altered) (?:with|by|using) (?:generative )?ai\b"
    r"|\bki[ -](?:generiert|erzeugt|bild|erstellt)\w*"
    r"|\bmit (?:hilfe von )?ki (?:erstellt|erzeugt|generiert|bearbeitet|geschrieben)\b"
    r"|\b(?:généré|créé|fait|écrit|retouché)e?s? (?:par|avec) (?:l['’])?ia\b"
    r"|\b(?:generad|cread|hech|escrit|gerad|criad|feit)[oa]s? (?:con|por|com|pela) (?:la )?ia\b"
    r"|\b(?:generat|creat|fatt|scritt)[oaie] (?:con|da|dalla) (?:l['’])?ia\b"
    r"|\b(?:imagen|imagem|immagine|image) (?:de )?ia\b|\b(?:gegenereerd|gemaakt|bewerkt|geschreven) (?:met|door) ai\b"
    r"|\b(?:editad|retocad)[oa]s? (?:con|com) ia\b|\bmodificat[oaie] con (?:l['’])?ia\b"
    r"|\bwygenerowan[eoay]+ przez (?:ai|si)\b|ai生成",
    _FLAGS,
)
