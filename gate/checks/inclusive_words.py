"""English words that leave people out or hurt them by habit, and what says the same without that.

Suggestions, in our own words, of what style guides for inclusive writing agree on: people first, no illness as an
insult, no sex for a trade, no slavery or tribe for a technique. Words that have a plain meaning as well ("blind
tasting", "master's degree") are only here in the phrase that is meant.
"""

WORDS: dict[str, str] = {
    # Trades and roles
    "chairman": "chair",
    "chairwoman": "chair",
    "spokesman": "spokesperson",
    "fireman": "firefighter",
    "policeman": "police officer",
    "postman": "postal worker",
    "salesman": "seller, sales assistant",
    "businessmen": "business people",
    "stewardess": "flight attendant",
    "cleaning lady": "cleaner",
    "cameraman": "camera operator",
    "foreman": "supervisor",
    "manpower": "staff, people, work",
    "man-made": "made by people, artificial",
    "man hours": "working hours",
    "mankind": "humanity, people",
    "ladies and gentlemen": "everybody, dear guests",
    "you guys": "you all, everyone",
    # Disability and illness
    "wheelchair-bound": "who uses a wheelchair",
    "confined to a wheelchair": "who uses a wheelchair",
    "the disabled": "disabled people",
    "the blind": "blind people",
    "the deaf": "deaf people",
    "the mentally ill": "people with a mental illness",
    "handicapped": "disabled",
    "special needs": "the need itself, such as step-free access",
    "suffers from autism": "is autistic",
    "deaf and dumb": "deaf",
    "tone deaf": "insensitive",
    "turn a blind eye": "ignore",
    "falls on deaf ears": "is ignored",
    "crazy": "surprising, wild",
    "insane": "unbelievable",
    "lunatic": "reckless",
    "psycho": "cruel, frightening",
    "committed suicide": "died by suicide",
    "drug addict": "person with an addiction",
    # Age and circumstances
    "the elderly": "older people",
    "the homeless": "people without a home",
    "the poor": "people on low incomes",
    "illegal immigrants": "people without papers",
    "third world": "the countries that are meant, by name",
    "old wives' tale": "popular belief",
    # Origin
    "gypped": "cheated",
    "spirit animal": "favourite, idol",
    "off the reservation": "out of line",
    # Technique
    "blacklist": "deny list",
    "whitelist": "allow list",
    "master/slave": "primary and replica",
    "sanity check": "quick check",
    "dummy value": "placeholder",
    "grandfathered in": "exempt because it was there before",
}
