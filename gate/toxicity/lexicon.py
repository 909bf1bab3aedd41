"""What the embedded screen knows of five languages: words that hurt, how people are addressed, and what is threatened
or said of whole groups.

Our own list and our own rules, written for this. Patterns are matched on a sentence without case and accents, with
straight apostrophes and one blank between words. In a list of words a star stands for any letters. A weight is how
likely the word alone is meant to hurt (screen.py makes scores of them). Words that are harmless in another of the five
languages ("con", "pute", "hell", "dick") are only here in phrases.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """weights: words by weight. somebody: what makes a word of them an address, up to a few words before it.
    threats and milder: patterns. groups, are, vile, unwanted: words and patterns of what is said of groups."""

    weights: dict[float, str]
    somebody: str
    threats: tuple[str, ...]
    milder: tuple[str, ...]
    groups: str
    are: str
    vile: str
    unwanted: tuple[str, ...]


ENGLISH = Language(
    weights={
        0.8: "go to hell|eat shit|rot in hell|drop dead|fuck you|fuck off|screw you",
        0.7: "cunt|cunts|faggot*|nigger*|kike|kikes|spastic|retard|retards|retarded|motherfuck*|cocksucker*"
             "|piece of shit|piece of trash|pieces of shit|son of a bitch|whore|whores|slut|sluts|subhuman*"
             "|untermensch*|tranny|trannies",
        0.6: "asshole*|arsehole*|dumbass*|scumbag*|dirtbag*|douchebag*|bastard|bastards|wanker*|twat|twats|tosser*"
             "|a dick|a prick|dickhead*|shithead*|bullshit|fuck|fucks|fucked|fucking|fucker*|fuckwit*|shit"
             "|shitty",
        0.5: "idiot|idiots|idiotic|moron|morons|moronic|imbecile*|cretin|cretins|scum|vermin|shut up|shut your mouth"
             "|bitch|you bitches|those bitches"
             "|half-wit*|halfwit*|dimwit*|nitwit*|nobody likes you|nobody wants you|hate you|i hate him|i hate her"
             "|i hate them|you suck|you people|get lost|worthless",
        0.35: "stupid|pathetic|loser|losers|disgusting|crap|pervert|perverts|parasite|parasites|coward|cowards"
              "|psycho|lunatic*|jerk|jerks|creep|filthy|imbecilic|brainless|useless|nobody cares|worth nothing",
        0.25: "clown|clowns|fool|fools|liar|liars|ugly|pig|pigs|rat|rats|witch|disgrace|trash|garbage|fat|dumb|lying"
              "|crooks|hag|thieves|dumbest|monkey|monkeys|animals|dogs|freak|freaks|snake|blind old|bimbo|ignorant",
    },
    somebody=r"you|you're|youre|u|he|she|they|he's|she's|they're|what an?|such an?|bunch of|load of|those|these"
             r"|all of you"
             r"|@\w[\w.-]*|(?:the|this|that|our|your|their|new) (?:\w+ )?(?:mayor|manager|boss|coach|council|minister"
             r"|president|teacher|referee|director|owner|chair|team|candidate|judge|police|rivals|neighbour"
             r"|neighbor|club)",
    threats=(
        r"\b(?:i|we|i'm|we're|i am|we are)(?: will|'ll| shall| am going to| are going to| gonna| going to| want to)*"
        r"(?: \w+){0,2} (?:kill|shoot|stab|beat|hurt|break|burn|smash|rape|hang|cut|slap|punch|strangle|gut|drown"
        r"|bash)"
        r"(?: up| the \w+ out of)?(?: all of)? (?:you|him|your|that \w+|those \w+|every one of)\b(?! (?:a|the|to) )",
        r"\b(?:should|must|ought to|needs? to|deserves? to|has to|have to) (?:all )?(?:be )?(?:shot|killed|hanged"
        r"|hung"
        r"|burned|burnt|stabbed|beaten|raped|executed|lynched|gassed|put down|exterminated|die\b|drowned|strung up)",
        r"\b(?:somebody|someone|you|they|we) (?:should|ought to|must|needs? to) (?:just )?(?:shoot|kill|beat|hang"
        r"|stab|burn"
        r"|gas|lynch|strangle) (?:him|her|them|the|that|those|these|all|every)\b",
        r"\bkill yoursel(?:f|ves)\b|\bkys\b|\bgo (?:and )?die\b|\bhope (?:you|he|she|they) (?:all )?(?:die|dies"
        r"|burn)\b"
        r"|\bdie in a fire\b",
        r"\b(?:know|knows|found out) where you (?:live|work|sleep)\b|\b(?:will|'ll) find you\b.*\b(?:regret|pay"
        r"|sorry)\b",
        r"\bmake (?:you|him|her|them) (?:pay|suffer|bleed|regret)\b|\bdead meat\b|\byou(?:'re| are| will be) dead\b",
    ),
    milder=(
        r"\bwatch your back\b|\bor else\b|\byou(?:'ll| will) (?:regret|pay for)\b|\blocked up\b"
        r"|\bgot what .{2,20} deserved",
        r"\bgo back to (?:where you|your)\b|\bget out of (?:our|my|this) (?:country|town|city|land)\b",
    ),
    groups=r"(?:im)?migrants|refugees|asylum seekers|foreigners|muslims?|islam|jews|jewish people|christians"
           r"|hindus|sikhs"
           r"|arabs|africans|asians|chinese people|mexicans|poles|romanians|albanians|turks|indians|pakistanis"
           r"|blacks|whites"
           r"|black (?:people|men|women|kids)|white (?:people|men|women)|brown people|gays|gay (?:people|men)"
           r"|lesbians"
           r"|homosexuals|queers|trans(?:gender)? (?:people|women|men)|women|girls|men|gypsies|travellers|roma"
           r"|(?:the )?disabled(?: people)?|(?:the )?handicapped|(?:the )?homeless(?: people)?|(?:the )?elderly"
           r"|old people"
           r"|poor people|the poor|fat people|autistic people|people like (?:you|them|him|her)",
    are=r"are|is|were|will always be|remain|=",
    vile=r"\w*criminals?|parasites?|vermin|rats|scum|trash|garbage|animals|monkeys|pigs|dogs|disgusting|filth"
         r"|filthy|dirty"
         r"|too \w+ to|stupid|dumb|inferior|subhuman|thieves|rapists?|terrorists?|liars|lazy|sick|perverts"
         r"|perverted|evil"
         r"|a burden|a plague|a disease|a cancer|a threat|a danger|an abomination|unnatural|not welcome|not human"
         r"|not people"
         r"|to blame|taking over|invaders|savages|worthless|whores|sluts|freaks|idiots|retarded|a problem"
         r"|the problem|ruin\w*",
    unwanted=(
        r"\b(?:hate|despise|loathe|can't stand|cannot stand|detest|sick of|kill|ban|deport|gas|no more|send back"
        r"|stop)"
        r" (?:all |all the |those |these |the |you )?(?:GROUPS)\b(?! (?:crime|violence|day|week|being|from being))",
        r"\b(?:GROUPS) (?:should|must|need to|ought to|deserve to|have to|has to|can) (?:all )?(?:be )?(?:banned"
        r"|deported|shot"
        r"|killed|hanged|stopped|removed|expelled|thrown|kicked|locked|sterili[sz]ed|die\b|burn|leave|go home"
        r"|go back|disappear)",
        r"\b(?:GROUPS) (?:do not|don't|does not|doesn't|never|cannot|can't)(?: really)? (?:belong|deserve|drive"
        r"|think|work)\b",
        r"\b(?:GROUPS) (?:control|rule|own|ruin|destroy|steal|poison|invade|infest)\w* (?:everything|everybody"
        r"|the|our|all)\b",
        r"\b(?:GROUPS) (?:out|go home|not wanted|not allowed|not welcome)\b|\bno (?:GROUPS) (?:here|allowed"
        r"|wanted)\b",
        r"\b(?:throw|kick|drive|send|get) (?:all |the |those )*(?:GROUPS) (?:out|back|home)\b",
    ),
)  # fmt: skip

GERMAN = Language(
    weights={
        0.7: "fotze|fotzen|hurensohn*|hure|huren|missgeburt*|wichser*|arschloch|arschlocher|untermensch*|kanake*"
             "|nigger*|schwuchtel*|drecksau*|drecksack*|scheisskerl*",
        0.5: "idiot|idioten|vollidiot*|trottel*|depp|deppen|schwachkopf*|dummkopf*|volltrottel*|spast|spasti*"
             "|mistkerl*"
             "|abschaum|halt die fresse|halt die klappe|halt's maul|halt dein maul|verpiss dich|fick dich"
             "|verrecke|leck mich"
             "|versager*|miststuck|schlampe*|pack|gesindel|geh sterben|niemand will dich",
        0.35: "scheisse|scheiss*|verdammt*|feigling*|lugner*|lacherlich*|ekelhaft*|blode*|dumme|dummer|dummes|penner"
              "|arsch|ratte|ratten|schwein|schweine|parasit*|widerlich*",
        0.25: "verschwinde|clown|hasslich*|fette|wertlos*|nutzlos*|unfahig*",
    },
    somebody=r"du|ihr|er ist|sie ist|sie sind|bist|seid|so ein|so eine|was fur ein|diese|dieser|ihr alle|dich|dir"
             r"|@\w[\w.-]*",
    threats=(
        r"\b(?:ich|wir)(?: \w+){0,2} (?:dich|euch|ihn|dir|dem)(?: \w+){0,4} (?:um|umbringen|toten|tot|schlagen"
        r"|kalt|kaltmachen"
        r"|fertig|fertigmachen|ab|abstechen|erschiessen|verprugeln|zusammenschlagen|brechen|eintreten)\b",
        r"\bwo du wohnst\b|\bwo ihr wohnt\b|\bbring dich (?:doch )?um\b|\bauf die fresse\b",
        r"\b(?:gehor\w+|verdien\w+|muss|mussen|sollte\w*|soll\w*)(?: \w+){0,3} (?:gehangt|aufgehangt|erschossen"
        r"|abgeknallt|vergast"
        r"|erschlagen|sterben|an die wand|verbrannt|getotet)\b",
    ),
    milder=(r"\b(?:du|ihr) (?:wirst|werdet)(?: \w+){0,3} (?:bezahlen|bereuen|bussen)\b|\bpass auf,? wo\b",),
    groups=r"(?:im)?migranten|auslander|fluchtlinge|asylanten|asylbewerber|muslime|moslems|juden|christen|turken"
           r"|araber"
           r"|afrikaner|polen|rumanen|zigeuner|roma|schwarze|neger|schwule|homosexuelle|lesben|transen|frauen"
           r"|weiber|manner"
           r"|behinderte|obdachlose|arme|alte|rentner",
    are=r"sind|ist|waren|bleiben|=",
    vile=r"\w*verbrecher|kriminell\w*|parasiten|schmarotzer|abschaum|dreck|ungeziefer|dumm|blod|schmutzig"
         r"|eine plage|faul"
         r"|ekelhaft|ekelig|widerlich|minderwertig|terroristen|vergewaltiger|diebe|lugner|tiere|affen|krank"
         r"|pervers|abartig"
         r"|nicht willkommen|keine menschen|schuld|eine last|eine gefahr|zu dumm",
    unwanted=(
        r"\b(?:GROUPS) (?:raus|weg|abschieben|vergasen|nach hause)\b|\b(?:keine|gegen alle) (?:GROUPS) (?:hier"
        r"|mehr|bei uns)\b",
        r"\b(?:hasse|hassen|verachte) (?:alle |die |diese )*(?:GROUPS)\b",
        r"\b(?:GROUPS) (?:gehoren|passen|durfen) (?:hier )?nicht\b"
        r"|\b(?:GROUPS) gehoren (?:\w+ ){0,2}(?:abgeschoben|eingesperrt)\b",
    ),
)  # fmt: skip

FRENCH = Language(
    weights={
        0.7: "connard*|connasse*|encule*|salope*|salopard*|fils de pute|sale pute|nique ta*|pede|pedes|bougnoule*"
             "|negre|negres"
             "|youpin*|batard*|batards|tapette*",
        0.5: "imbecile|imbeciles|idiot|idiote|idiots|idiotes|cretin|cretins|cretine|abruti|abrutis|debile|debiles"
             "|pauvre con"
             "|gros con|sale con|quel con|bande de cons|ordure|ordures|ferme ta gueule|ta gueule|va te faire"
             "|racaille|ducon"
             "|espece de|mongol|minable|minables|va mourir|degage",
        0.35: "merde|putain|menteur|menteuse|menteurs|stupide|stupides|lache|laches|degoutant*|parasite|parasites"
              "|nul|nulle"
              "|vermine|bouffon|clown|pourri|pourris",
        0.25: "ridicule|ridicules|moche|moches|porc|porcs|rat|rats|incapable|incapables|grosse",
    },
    somebody=r"tu es|t'es|vous etes|toi|il est|elle est|ils sont|elles sont|espece d[e']|quel|quelle|bande d[e']"
             r"|ce|cette"
             r"|pauvre|sale|@\w[\w.-]*",
    threats=(
        r"\b(?:je|on|nous)(?: \w+){0,2} (?:te|t'|vous|le|la|les|lui) ?(?:tuer|casser|buter|crever|frapper"
        r"|defoncer|egorger|bruler"
        r"|peter|massacrer|cogner)\b|\bcasser la gueule\b",
        r"\b(?:sait|sais|savons) ou (?:tu|vous) (?:habit|dor|travaill)\w*|\b(?:va|allez) te pendre\b"
        r"|\bsuicide[- ]toi\b|\bva crever\b",
        r"\b(?:merite\w*|devrai\w*|doit|doivent)(?: \w+){0,3} (?:mourir|crever|pendu\w*|fusille\w*|tue\w*"
        r"|brule\w*|gaze\w*)\b",
    ),
    milder=(r"\btu vas (?:le )?(?:payer|regretter|crever|mourir)\b|\bretourne\w* (?:dans ton|chez toi)\b",),
    groups=r"etrangers|immigres|migrants|refugies|musulmans|juifs|chretiens|arabes|noirs|africains|roms|gitans|gays"
           r"|homosexuels|homos|lesbiennes|trans|femmes|hommes|handicapes|sdf|pauvres|vieux",
    are=r"sont|est|etaient|resteront|=",
    vile=r"\w*criminels|parasites|voleurs|vermine|ordures|racaille|sales|betes|stupides|degoutants|degoutantes"
         r"|terroristes"
         r"|violeurs|animaux|singes|inferieurs|malades|pervers|un fardeau|une plaie|un danger|pas les bienvenus"
         r"|trop \w+ pour"
         r"|menteurs|la cause|coupables|pas des humains|contre nature",
    unwanted=(
        r"\b(?:GROUPS),? (?:dehors|hors de|rentrez)\b|\b(?:deteste|hais|haissons|detestons) (?:tous )?(?:les "
        r"|ces )?(?:GROUPS)\b",
        r"\b(?:GROUPS) n'ont (?:pas|rien)(?: \w+){0,3} (?:place|ici)\b|\bpas de (?:GROUPS) (?:ici|chez nous)\b",
        r"\b(?:mort|dehors) aux? (?:GROUPS)\b",
    ),
)  # fmt: skip

SPANISH = Language(
    weights={
        0.7: "hijo de puta|hijos de puta|hijoputa*|puta|putas|puto|putos|maricon*|cabron*|zorra|zorras|sudaca*"
             "|negrata*"
             "|vete a la mierda|mierda de persona|subnormal*|malparid*|gonorrea",
        0.5: "idiota|idiotas|imbecil|imbeciles|gilipollas|capullo|capullos|pendejo*|estupido|estupida|estupidos"
             "|estupidas"
             "|escoria|tarado|tarados|retrasado|retrasados|callate|que te jodan|jodete|muerete|cretino|cretinos",
        0.35: "mierda|joder|asqueroso*|asquerosa*|mentiroso*|mentirosa*|cobarde|cobardes|inutil|inutiles"
              "|parasito*|payaso"
              "|payasos|patetico|patetica|patan",
        0.25: "basura|tonto|tonta|tontos|feo|fea|cerdo|cerdos|rata|ratas|ridiculo|ridicula|gordo|gorda",
    },
    somebody=r"eres|sois|tu|usted es|ustedes son|es un|es una|son unos|son unas|que|vaya|esa|ese|esos|pedazo de"
             r"|@\w[\w.-]*",
    threats=(
        r"\b(?:te|os|lo|la|los) (?:voy|vamos) a (?:matar|pegar|romper|partir|reventar|rajar|quemar|cortar)\b"
        r"|\b(?:voy|vamos) a (?:matar|pegar|romper|partir|reventar|rajar|quemar)(?:te|los|las|lo|la|os)\b",
        r"\b(?:se|sabemos) donde (?:vives|trabajas|duermes)\b|\bmatate\b|\bhay que (?:matar|fusilar|colgar"
        r"|quemar)\w*\b",
        r"\b(?:merece\w*|deberia\w*|debe\w*)(?: \w+){0,2} (?:morir|la muerte|fusilad\w+|colgad\w+|matad\w+"
        r"|muert\w+)\b",
    ),
    milder=(r"\bvas a (?:pagar|morir|arrepentirte)\w*\b|\bvuelve\w* a (?:tu|su) pais\b|\blargate\b",),
    groups=r"inmigrantes|migrantes|extranjeros|refugiados|musulmanes|moros|judios|cristianos|negros|arabes"
           r"|africanos|gitanos"
           r"|gays|homosexuales|maricas|lesbianas|trans|mujeres|hombres|discapacitados|pobres|viejos"
           r"|sudamericanos|rumanos",
    are=r"son|es|eran|seran|=",
    vile=r"basura|\w*criminales|delincuentes|parasitos|escoria|ladrones|asquerosos|asquerosas|inferiores|terroristas"
         r"|estupid\w+|tont[oa]s|violadores|animales|monos|sucios|enfermos|pervertidos|una plaga|una carga|un peligro"
         r"|no son bienvenidos|demasiado \w+ para|mentirosos|culpables|antinatural\w*",
    unwanted=(
        r"\b(?:GROUPS),? (?:fuera|a su pais|no son bienvenid[oa]s|sobran|no pertenecen)\b|\bfuera (?:los "
        r"|las )?(?:GROUPS)\b",
        r"\b(?:odio|odiamos|detesto) (?:a )?(?:todos )?(?:los |las )?(?:GROUPS)\b|\bmuerte a (?:los "
        r"|las )?(?:GROUPS)\b",
    ),
)  # fmt: skip

PORTUGUESE = Language(
    weights={
        0.7: "filho da puta|filhos da puta|filha da puta|puta que*|puta|putas|caralho|cabrao|cabroes|viado*"
             "|paneleiro*|fode-te"
             "|vai-te foder|vai te foder|foda-se|arrombad*|preto de merda|vai para o caralho|vai a merda|vadia"
             "|vadias|corno",
        0.5: "idiota|idiotas|imbecil|imbecis|otario*|estupido|estupida|estupidos|palhaco*|cretino*|escoria"
             "|atrasado mental"
             "|retardad*|cala a boca|cala-te|cale a boca|anormal|burra|burros|parvo|parva|parvos|nojento*"
             "|nojenta*|morre",
        0.35: "merda|porra|inutil|inuteis|mentiroso*|mentirosa*|cobarde|cobardes|covarde|covardes|parasita*|ridiculo"
              "|ridicula|babaca*|trouxa*",
        0.25: "lixo|burro|feio|feia|porco|porcos|rato|ratos|gordo|gorda|fraco",
    },
    somebody=r"es|tu|voce|voces|vos|e um|e uma|sao uns|sao umas|seu|sua|que|esse|essa|esses|@\w[\w.-]*",
    threats=(
        r"\b(?:vou|vamos)(?: te| vos| lhe)? (?:matar|bater|partir|rebentar|quebrar|arrebentar|cortar"
        r"|queimar)(?:-te|-vos|-lhe"
        r"| voce| (?:a|te a|essa|a tua) (?:cara|boca))\b|\bte (?:mato|parto|quebro)\b|\bvou te (?:matar|bater"
        r"|partir|quebrar)\b",
        r"\b(?:sei|sabemos) onde (?:vives|moras|voce mora|trabalhas)\b|\bmata-te\b|\bse mata\b",
        r"\b(?:merece\w*|devia\w*|deve\w*)(?: \w+){0,2} (?:morrer|morte|fuzilad\w+|enforcad\w+|mort[oa]s?)\b",
    ),
    milder=(r"\bvais (?:pagar|morrer|arrepender)\w*\b|\bvolta\w* para (?:a tua|o teu|a sua|o seu)\b"
            r"|\bdesaparece daqui\b",),
    groups=r"(?:i)?migrantes|estrangeiros|refugiados|muculmanos|judeus|cristaos|negros|pretos|arabes|africanos"
           r"|ciganos|gays"
           r"|homossexuais|bichas|lesbicas|trans|mulheres|homens|deficientes|pobres|velhos|brasileiros|indianos",
    are=r"sao|e|eram|serao|=",
    vile=r"lixo|\w*criminosos|bandidos|parasitas|escoria|ladroes|nojentos|nojentas|inferiores|terroristas|burr[oa]s"
         r"|estupid[oa]s|violadores|animais|macacos|sujos|doentes|pervertidos|uma praga|um fardo|um perigo"
         r"|nao sao bem-vindos|demasiado \w+ para|mentirosos|culpados|preguicosos",
    unwanted=(
        r"\b(?:GROUPS),? (?:fora|rua|para a terra deles|nao sao bem-vind[oa]s|nao pertencem)\b|\bfora (?:os "
        r"|as )?(?:GROUPS)\b",
        r"\b(?:odeio|odiamos|detesto) (?:todos )?(?:os |as )?(?:GROUPS)\b|\bmorte aos? (?:GROUPS)\b",
    ),
)  # fmt: skip

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, PORTUGUESE)
