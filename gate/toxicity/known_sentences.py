"""Sentences that every model is asked before it serves. They are our own, written for this."""

from typing import Final

HOSTILE: Final = ("You are a stupid idiot and I hate you.", "Shut up, you worthless piece of shit.")
FRIENDLY: Final = ("Thank you all for a lovely evening.", "The library is open on Sunday morning.")

ENGLISH: Final = (
    *HOSTILE,
    *FRIENDLY,
    "What a bunch of losers.",
    "Nobody wants you here, go back to where you came from.",
    "I will find you and you will regret it.",
    "This is the dumbest decision the council has ever made.",
    "Crap weather, great turnout.",
    "Bloody hell, what a match!",
    "He lied to us, and he should resign.",
    "We disagree with the minister on nearly everything.",
    "People like you should be locked up.",
    "That referee is a blind old fool.",
    "Your work is worth nothing, and so are you.",
    "Get lost, you ugly pig.",
    "Our gay and lesbian choir sings tonight.",
    "Black and Muslim members meet on Friday at six.",
    "She uses a wheelchair and runs the best bakery in town.",
    "I am a proud old woman, and I vote.",
    "Breast cancer screening is open again this week.",
    "The film shows how soldiers kill and die.",
    "Volunteers wanted: bring gloves, we bring the soup.",
    "Prices rise by 4% from March; here is why.",
    "Damn, this cake is good.",
    "We made a mistake in the last newsletter, and we are sorry.",
    "Stop whining and do your job.",
    "They are all criminals, every single one of them.",
    "How can anybody be so blind?",
    "Thanks @maria, you saved the evening!",
    "I could kill for a coffee now.",
    "Women cannot drive, everybody knows that.",
    "The play is about a girl who is called a slut at school.",
    "Read the report: https://example.org/report",
    "Congratulations to our apprentices on passing their exams!",
    "Doors open at seven, tickets at the bar.",
)

OTHERS: Final = {
    "de": (
        "Du bist ein dummer Idiot, halt die Klappe.",
        "Verschwinde, niemand will dich hier.",
        "Das war ein schwaches Spiel unserer Mannschaft.",
        "Vielen Dank für den schönen Abend!",
        "Die Bücherei öffnet am Sonntag um neun.",
    ),
    "fr": (
        "Tu es un imbécile et un menteur.",
        "Ferme ta gueule, pauvre con.",
        "La décision du conseil est une erreur.",
        "Merci à toutes et à tous pour cette belle soirée.",
        "La bibliothèque est ouverte le dimanche matin.",
    ),
    "es": (
        "Eres un idiota y das asco.",
        "Cállate, pedazo de mierda.",
        "No estamos de acuerdo con el ministro.",
        "Gracias a todos por una tarde preciosa.",
        "La biblioteca abre el domingo a las nueve.",
    ),
    "it": (
        "Sei uno stupido e non vali niente.",
        "Vattene, brutto bastardo.",
        "La partita di ieri è stata noiosa.",
        "Grazie a tutti per la bella serata.",
        "La biblioteca è aperta la domenica mattina.",
    ),
    "pt": (
        "Você é um idiota, ninguém gosta de você.",
        "Cala a boca, seu lixo.",
        "O preço do pão subiu outra vez.",
        "Obrigada a todos pela noite linda.",
        "A biblioteca abre no domingo às nove.",
    ),
    "ru": (
        "Ты тупой идиот, заткнись.",
        "Убирайся отсюда, урод.",
        "Вчера команда сыграла плохо.",
        "Спасибо всем за прекрасный вечер.",
        "Библиотека открыта в воскресенье утром.",
    ),
    "tr": (
        "Sen aptal bir salaksın, kes sesini.",
        "Defol git, kimse seni istemiyor.",
        "Dünkü maç çok sıkıcıydı.",
        "Bu güzel akşam için hepinize teşekkürler.",
        "Kütüphane pazar sabahı açık.",
    ),
}
"""The further languages that detoxify's multilingual model was trained on."""


def for_model(model: str) -> list[str]:
    """What it is compared on: English, and for the multilingual model its other languages too."""
    more = [sentence for each in OTHERS.values() for sentence in each] if model == "multilingual" else []
    return [*ENGLISH, *more]
