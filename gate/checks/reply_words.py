"""Words of conversations with customers, in five languages: asking for data, what the data are, private channels.

Written for this product. Each pattern is matched within one sentence.
"""

import regex

from gate.checks.later import compiled

_DATA = (
    # English
    r"account numbers?|customer numbers?|card numbers?|(?:phone|telephone|mobile)(?: numbers?)?|(?:home "
    r"|postal |e-?mail )?"
    r"address(?:es)?|e-?mails?|date of birth|birth ?dates?|birthdays?|passport(?: numbers?)?|i\.?d\.? numbers?"
    r"|iban|passwords?"
    r"|pin(?: code)?s?|full names?|social security numbers?|order numbers?|booking (?:numbers?|references?)"
    r"|post ?codes?"
    # German
    r"|kontonummern?|kundennummern?|kartennummern?|(?:telefon|handy|mobil)nummern?|(?:post|e-?mail-?"
    r"|wohn)?(?:adressen?"
    r"|anschrift(?:en)?)|geburts(?:datum|tag)|passnummern?|ausweisnummern?|passw(?:ort|örter)|vollständigen? namen?"
    r"|bestellnummern?|buchungsnummern?|auftragsnummern?|bankverbindung"
    # French
    r"|num[ée]ros? de (?:compte|client|carte|t[ée]l[ée]phone|commande|r[ée]servation|s[ée]curit[ée] sociale)"
    r"|adresses?(?: e-?mail| postale)?|courriels?|dates? de naissance|mots? de passe|nom complet"
    r"|coordonn[ée]es(?: bancaires)?"
    # Spanish
    r"|n[úu]meros? de (?:cuenta|cliente|tarjeta|tel[ée]fono|pedido|reserva)|tel[ée]fonos?|direcci(?:ón|ones|on)"
    r"|correos?(?: electr[óo]nicos?)?|fechas? de nacimiento|contraseñas?|nombre completo|dni|nif"
    # Portuguese
    r"|n[úu]meros? d[eoa] (?:conta|cliente|cart[ãa]o|telefone|telem[óo]vel|encomenda|pedido|reserva"
    r"|contribuinte)|telem[óo]vel"
    r"|telefones?|moradas?|endereços?|e-?mail|datas? de nascimento|palavras?-passe|senhas?|nome completo|cpf"
)
_GIVE = (
    r"(?:reply|respond|answer|comment)(?: here| below| to this(?: post)?)? with"
    r"|send|give|tell|share|provide|post|dm|message|write|leave|confirm|type"
    r"|let us (?:have|know)|need"
    r"|what(?:'s| is)|schick\w*|send\w*|gib|geben|gebt|nenn\w*|teil\w*|schreib\w*|antworte\w* mit|brauchen"
    r"|benötigen|verrat\w*"
    r"|wie lautet|envoy\w*|donn\w*|indiqu\w*|communiqu\w*|transmett\w*|écri\w*|laiss\w*|partag\w*|avons besoin"
    r"|quel(?:le)? est"
    r"|env[íi]\w*|manda\w*|dinos|díganos|dime|danos|facil\w*|indic\w*|comparte\w*|compart[ai]\w*|escrib\w*"
    r"|deja\w*|necesitamos"
    r"|cuál es|envi[ae]\w*|mand[ae]\w*|diga(?:-nos)?|diz-nos|d[êe]-nos|indique\w*|partilh\w*|escrev\w*"
    r"|deix[ae]\w*|precisamos"
    r"|qual é"
)
_YOUR = (
    r"your|dein\w*|ihr\w*|eur\w*|votre|vos|ton|ta|tes|su|sus|tu|tus|vuestr\w*"
    r"|(?:o |a )?(?:seu|sua|teu|tua|vosso|vossa)s?"
)
_WHICH = (
    r"full|own|current|new|postal|home|private|exact|first|last|name|vollständige\w*|aktuelle\w*|genaue\w*"
    r"|persönliche\w*"
    r"|compl[eè]te?|completo|actual|atual|and|und|et|y|e|or|oder|ou|o|&"
)
ASKS = compiled(
    rf"\b(?:{_GIVE})\b[^.!?\n]{{0,60}}?\b(?:{_YOUR})\s+(?:(?:{_WHICH}),?\s+){{0,4}}(?P<data>{_DATA})\b",
    regex.IGNORECASE,
)
"""Somebody is asked to give data of theirs."""

PRIVATE = compiled(
    r"\b(?:dms?|direct(?:ly)? messages?|private(?:ly)?(?: messages?| chat)?|pms?|inbox|in private|via (?:the"
    r"|our) (?:form|app)"
    r"|(?:contact|web) form|call us|by phone|by e-?mail|e-?mail us|write to us at|direktnachricht(?:en)?|(?:per"
    r"|via) (?:dn|pn)"
    r"|privat(?:e|en|er)? nachricht(?:en)?|privatnachricht(?:en)?|kontaktformular|rufen sie uns an|ruf uns an"
    r"|per e-?mail"
    r"|messages? priv[ée]s?|en priv[ée]|mp|formulaire(?: de contact)?|appelez-nous|par (?:t[ée]l[ée]phone"
    r"|e-?mail|courriel)"
    r"|mensajes? (?:privados?|directos?)|por privado|en privado|md|formulario|ll[áa]m[ae]nos|por (?:tel[ée]fono"
    r"|correo)"
    r"|mensag(?:em|ens) (?:privadas?|diretas?)|em privado|por mensagem|formul[áa]rio|ligue-nos|liga-nos"
    r"|por (?:telefone|e-?mail))\b",
    regex.IGNORECASE,
)
"""A channel that others do not read."""

ABOUT_SOMEBODY = compiled(
    r"\b(?:my|your) (?:order|account|booking|ticket|refund|invoice|contract|bill|payment|parcel|delivery|data"
    r"|subscription|card)s?"
    r"|\b(?:order|account|booking|invoice|refund|parcel) (?:no|nr|number)\b"
    r"|\b(?:mein\w*|ihr\w*|dein\w*) (?:bestellung|konto|buchung|rechnung|vertrag|paket|lieferung|daten"
    r"|erstattung|karte|abo)\w*"
    r"|\b(?:ma|mon|mes|votre|vos) (?:commande|compte|r[ée]servation|facture|contrat|colis|livraison"
    r"|remboursement|carte)s?\b"
    r"|\b(?:mi|mis|su|sus|tu|tus) (?:pedido|cuenta|reserva|factura|contrato|paquete|entrega|reembolso|tarjeta"
    r"|datos)s?\b"
    r"|\b(?:minha|meu|meus|sua|seu|seus|tua|teu) (?:encomenda|conta|reserva|fatura|factura|contrato|entrega"
    r"|reembolso|cart[ãa]o"
    r"|dados|pedido)s?\b",
    regex.IGNORECASE,
)
"""A matter of one customer, which cannot be settled without their data."""
