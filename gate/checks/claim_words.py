r"""Words that read as a claim: English, German, French, Portuguese, Spanish.

They are forms of speech, collected from the kinds of claim that advertising rules ask evidence for (UK CAP Code 3.7
"substantiation"; EU Regulation 1924/2006 on health claims; FTC Policy Statement Regarding Advertising Substantiation).
They find what is put like a claim and know nothing of what is true. Times, dates, prices, scores, telephone numbers
and what is left of a figure without a noun are no claims and are not listed.
"""

import regex

from gate.checks.later import compiled

_FLAGS = regex.IGNORECASE

_N = r"(?<!\d[.,])\d{1,12}(?:[.,]\d{1,6}){0,4}"
"""Bounded, as all repetitions here are: no text makes a search take longer than its length."""
_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|\d{1,3})"
_OF = r"(?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|a hundred|a thousand|[2-9]|\d{2,3}(?![\d:.]))"
_MONEY = (
    r"(?:[€£$]\s?\d[\d.,]{0,12}|(?<!\d[.,])\d[\d.,]{0,12}\s?(?:€|£|\$|euros?|dollars?|pounds?|reais)(?!\w))"
)
_ABOUT = (
    r"(?:about|around|almost|nearly|over|more than|up to|some|über|fast|rund|mehr als|bis zu|plus de|jusqu['’]à"
    r"|près de|mais de|até|quase|más de|hasta|casi) "
)
_PEOPLE = (
    r"(?:people|children|adults|women|men|families|users|customers|voters|patients|students|companies"
    r"|households"
    r"|residents|members|teachers|parents|drivers|workers|jobs|species|cases|deaths|accidents|homes"
    r"|countries)"
)
_GERMAN = (
    r"(?:Menschen|Besucher|Mitglieder|Kinder|Freiwillige|Teilnehmer|Personen|Familien|Unternehmen|Kunden"
    r"|Frauen|Männer|Tonnen|Bäume|Stimmen|Unterschriften|Haushalte|Arbeitsplätze|Gäste|Schüler)\w*"
)

STATISTIC = (
    # shares; not discounts, and not "100 % agree"
    rf"{_N}(?:\s?(?:-|–|to|bis)\s?{_N})?\s?(?:%|‰|per ?cent\b|percent\b|percentage points?|Prozent\w*"
    r"|pour cent|por cento"
    r"|por ciento)(?!\w)(?!\s(?:off|discount|agree|sure|cheaper today|Rabatt|Nachlass|Ermäßigung"
    r"|de (?:desconto|descuento|remise|réduction)))"
    # ratios
    rf"|{_WORD} in (?:every )?{_OF}(?![\w.])(?! (?:a row|minutes|hours|days|weeks|colours))"
    rf"|{_WORD} out of (?:every )?{_OF}(?!\w)"
    r"|(?<!(?:part|day|week|step|page|round|level|teil"
    rf"|tag) ){_WORD} of (?:every )?(?:[3-9]|\d{{2,3}}) (?=(?-i:\p{{Ll}}{{3}}))"
    r"|(?:\d+|eine[rs]?|zwei|drei|vier|neun) von (?:\d+|zwei|drei|vier|fünf|zehn)(?!\w|[.:]\d| Uhr)"
    r"|jede[rs]? (?:zweite|dritte|vierte|fünfte|zehnte)(?!\w| (?:\w+tag|Tag|Woche|Monat|Mal|Stunde))"
    r"|(?:un|une|deux|trois|neuf|\d+) (?:\w+ )?sur (?:deux|trois|quatre|cinq|dix|\d+)(?!\w)"
    r"|(?:uma?|dois|duas|três|nove|\d+) em cada (?:dois|duas|três|quatro|cinco|dez|\d+)(?!\w)"
    r"|(?:un[oa]?|dos|tres|nueve|\d+) de cada (?:dos|tres|cuatro|cinco|diez|\d+)(?!\w)"
    r"|half of (?!an? |the (?:day|hour|match|game|show|term|time))\w+"
    rf"|half (?:the|our|all) {_PEOPLE}"
    r"|(?:a|one|two)[ -](?:third|fifth|tenth)s? of(?! an? )(?!\w)"
    r"|(?:a|one|three)[ -]quarters? of(?! an? )(?!\w)"
    rf"|most (?:of (?:the|all|our) )?{_PEOPLE}"
    r"|the (?:\w+ )?majority of(?!\w)|(?:mehr als )?die (?:Hälfte|Mehrheit) (?:der|aller|von|unserer)(?!\w)"
    r"|(?:zwei Drittel|ein (?:Drittel|Viertel|Fünftel)) (?:der|aller|von|unserer)(?!\w)"
    r"|la (?:moitié|majorité) (?:des?|de la|du)(?!\w)|un (?:tiers|quart) des(?!\w)|les deux tiers (?:des?"
    r"|du)(?!\w)|(?:a )?metade d[aoe]s?(?!\w)|a maioria d[aoe]s?(?!\w)|um (?:terço|quarto) d[ao]s(?!\w)"
    r"|la (?:mitad|mayoría) de(?!\w)|un (?:tercio|cuarto) de l[ao]s(?!\w)"
    # large and counted numbers
    rf"|(?:{_N})\s(?:million|billion|thousand|Mio\.?|Millionen|Milliarden?|Tausend|mille|millions?|milliards?"
    r"|milhões|milhão|mil|millones|millón|bn)(?!\w)(?! (?:thanks|Dank|mercis|gracias))"
    r"|(?:millions|billions|thousands|hundreds) of(?!\w)|(?:Hunderte|Tausende|Millionen) (?:von )?(?-i:\p{Lu})\w+"
    r"|des (?:centaines|milliers|millions) de(?!\w)|(?:centenas|milhares|milhões) de(?!\w)"
    r"|(?:cientos|miles|millones) de(?!\w)"
    rf"|(?<![\d+€£$.,:/#-])(?<!\d )\d{{1,3}}(?:[.,’'\u00a0\u202f]\d{{3}}){{1,4}}(?![\d,.]{{0,9}}\d)"
    rf" (?!(?:euros?|dollars?|pounds?|reais|uhr)\b)(?=(?-i:\p{{Ll}}{{3}})|{_GERMAN})\w+"
    r"|(?<![\d+€£$.,:/#-])(?<!(?:\d|\bnr\.|\bno\.|\brooms?|\braum|\broute|\bline|\blinie|\bbus|\btram|\bpage"
    r"|\bseite|\bgate|\bchannel|\bflight|\bcall|\bdial|\bzip|\bto|\bfrom) )(?!(?:19"
    r"|20)\d\d(?!\d))[1-9]\d{2,3}(?![\d.,:]\d) (?!(?:and|or|at|in|on|to|after|before|where|without|until"
    r"|because|while|section|exceeded"
    r"|for|from|the|with|when|is|are|will|by|if|euros?|dollars?|pounds?|reais|metres?|meters?|mètres|metros"
    r"|grams?|gramm"
    r"|steps?|characters|words|hours?|uhr|und|oder|für|mit|auf|vor|nach|von|bis|pour|avec|dans|est|para|com"
    r"|con|que|por)\b)"
    rf"(?:(?-i:\p{{Ll}}{{3,}})|{_GERMAN})"
    # measured quantities
    rf"|{_N}\s?(?:tonnes?|tons|Tonnen|toneladas|kg|kilos?|kWh|MWh|GWh|MW|GW|hectares?|Hektar|hectáreas"
    r"|hectares|litres?|liters?"
    r"|Liter|litros|ppm|mg|µg|°C|degrees|Grad|km/h|mph|decibels?|dB|km²|m²)(?!\w)(?!\s(?:ab|bag|bags|flour"
    r"|sugar))"
    # change
    r"|(?:has|have|had|more than|nearly|almost) (?:doubled|tripled|quadrupled|halved)(?!\w)"
    r"|(?:doubled|tripled|halved) (?:since|in|over|within)(?!\w)|(?:hat"
    r"|haben) sich (?:\w+ ){0,3}(?:verdoppelt|verdreifacht|halbiert)"
    r"|(?:a|ont) (?:doublé|triplé)(?!\w)|(?:duplicou|triplicou|duplicaram)(?!\w)|se (?:ha|han) (?:duplicado"
    r"|triplicado)(?!\w)"
    rf"|(?:raised|collected|saved|donated|wasted|invested) (?:{_ABOUT})?{_MONEY}"
    rf"|(?:récolté|collecté|angari\w+|recolhemos|recaud\w+) (?:{_ABOUT})?{_MONEY}"
    rf"|{_MONEY} (?:gesammelt|gespendet|gespart)(?!\w)"
)

_EN_BEST = (
    r"(?:best[ -]selling|best|worst|largest|biggest|smallest|cheapest|fastest|quickest|safest|cleanest"
    r"|greenest|healthiest"
    r"|strongest|highest|lowest|longest|oldest|richest|poorest|deadliest|smartest|finest|purest|lightest"
    r"|quietest|toughest|greatest|leading|top[ -]rated|number one|only \w+ (?:that|which|who|to have))"
)
_NOT_BEST = (
    r"(?! (?:first|ones?|of luck|of both|of all|wishes|friends?|man|before|part|things?|ways?|times?|days?|moments?"
    r"|we can|you can|possible|I can|day ever|regards|news|question|answer|role|singers?|up))"
)
SUPERLATIVE = (
    rf"(?:the|our|its|\p{{L}}+['’]s) {_EN_BEST}(?!\w){_NOT_BEST}"
    r"|(?<=\bare |\bis |\bwas |\bbeen )(?:simply )?(?:unrivalled|unbeatable|unmatched|unique in"
    r"|second to none)(?!\w)"
    r"|the most (?!of\b|important|beautiful|fun|lovely|wonderful|exciting|delicious|magical|recent|people"
    r"|common question)"
    r"(?:\w+ly )?\w{5,}"
    r"|(?:world|europe|country|city|nation|region|industry|market)['’]s (?:very )?(?:first|only|leading"
    r"|number one)(?!\w)"
    r"|the (?:very )?first (?:\w+ ){1,4}(?:in the (?:world|country|city|region)|worldwide|in Europe"
    r"|of its kind|ever)(?!\w)"
    r"|(?:No\.|Nr\.|Nº|N°|n\.º|n°)\s?1(?![\d.,:]) (?:in|for|of|on|bei|in|im|für|en|de|em|choice|brand"
    r"|\w+marke)(?!\w)"
    r"|#1(?!\d) (?:in|for|choice|brand|rated)(?!\w)|we(?:['’]re| are) (?:number one|no\.\s?1|#1)(?!\w)"
    r"|(?:market|world|industry)[ -]leader(?:s|ship)?(?!\w)|like no other(?!\w)|never been done before(?!\w)"
    # German
    r"|(?:der|die|das|den|dem|des|unsere?r?|eine[rs]? der|Deutschlands|Europas|Österreichs"
    r"|der Welt) (?:mit Abstand )?"
    r"(?:größte|beste|schlechteste|schnellste|günstigste|billigste|sicherste|sauberste|gesündeste|älteste"
    r"|höchste|niedrigste"
    r"|stärkste|meistverkaufte|meistgelesene|führende|beliebteste|erfolgreichste|modernste|effizienteste"
    r"|nachhaltigste|leiseste|kleinste)[nrms]?(?!\w)(?! (?:Wünsche|Grüße|Freund\w*|Zeit|Weg))"
    r"|(?:Nummer eins|Marktführer\w*|Weltmarktführer\w*|weltweit (?:erste|einzige|führende)[nrs]?"
    r"|weltbeste[nrs]?|am (?:sichersten|saubersten|schnellsten|billigsten|günstigsten|effizientesten)"
    r"|einzige[nrs]? \w+ (?:der Welt|in (?:Deutschland|Europa)))(?!\w)"
    # French
    r"|(?:l[ea]s?|notre|nos) (?:plus (?:grande?s?|rapides?|sûre?s?|propres?|anciens?|anciennes?|vendue?s?"
    r"|efficaces?|puissante?s?"
    r"|économiques?|hautes?|haute?s?|fiables?|écologiques?|petite?s?)|moins chers?|moins chères?|meilleure?s?"
    r"|pires?)(?!\w)"
    r"(?! (?:vœux|voeux|amie?s?|moyen|façon|moment|possible))"
    r"|(?:numéro un|leaders? (?:du marché|mondial\w*)|premi(?:er|ère) (?:\w+ )?(?:au monde|d['’]Europe"
    r"|de France))(?!\w)"
    # Portuguese
    r"|(?:[oa]s?|nosso|nossa|d[oa]s?) (?:melhor(?:es)?|pior(?:es)?|maior|maiores)(?!\w)(?! (?:cumprimentos"
    r"|amig[oa]s?|desejos|forma|maneira|parte|idade|possível|de idade|momento))"
    r"|(?:[oa]s?) (?:\w+ )?mais (?:rápid|segur|barat|limp|antig|vendid|avançad|modern|alt)[oa]s?(?!\w)"
    r"|(?:[oa]s?) (?:\w+ )?mais (?:eficaz|eficazes|eficientes?|sustentáve(?:l|is)|fiáve(?:l|is))(?!\w)"
    r"|(?:número um|líder(?:es)? (?:de mercado|mundia(?:l|is))|primeir[oa] (?:\w+ )?(?:do mundo|da Europa"
    r"|de Portugal|do Brasil))(?!\w)"
    # Spanish
    r"|(?:el|la|los|las|nuestr[oa]) (?:mejor(?:es)?|peor(?:es)?|mayor(?= \w))(?!\w)(?! (?:deseos|amig[oa]s?"
    r"|manera|forma|parte|momento|posible|que))"
    r"|(?:el|la|los|las) (?:\w+ )?más (?:rápid|segur|barat|limpi|antigu|vendid|avanzad|modern"
    r"|alt)[oa]s?(?!\w)"
    r"|(?:el|la|los|las) (?:\w+ )?más (?:eficaz|eficaces|eficientes?|sostenibles?|fiables?|grandes?)(?!\w)"
    r"|(?:número uno|líder(?:es)? (?:del mercado|mundia(?:l|les))|primer[oa]? (?:\w+ )?(?:del mundo|de Europa"
    r"|de España))(?!\w)"
)

GUARANTEE = (
    r"guarantee[sd]?(?!\w)|risk[- ]free(?!\w)|(?:with )?(?:no|zero|without) (?:any )?(?:risks?"
    r"|side[ -]effects?)(?!\w)"
    r"|100\s?%\s(?:safe|secure|effective|natural|organic|reliable|sicher|wirksam|natürlich|sûre?|efficace"
    r"|naturel\w*|segur[oa]|eficaz|natural)(?!\w)"
    r"|(?:always|never) (?:works?|fails?)(?!\w)|works? (?:every time|for everyone)(?!\w)|fool[- ]?proof(?!\w)"
    r"|(?:completely|totally|absolutely|perfectly|entirely) (?:safe|harmless|secure|effective)(?!\w)"
    r"|(?:carbon|climate|co2)[- ]neutral(?!\w)|(?:zero|no)[- ]emissions?(?!\w)|fully (?:recyclable"
    r"|biodegradable|compostable)(?!\w)"
    r"|garantiert?e?[nrs]?(?!\w)|(?:wir )?garantieren(?!\w)|risikofrei\w*|ohne (?:jedes )?Risiko(?!\w)"
    r"|(?:ohne|keine) Nebenwirkungen(?!\w)|(?:wirkt|hilft) (?:immer|garantiert)(?!\w)|(?:völlig"
    r"|absolut) (?:sicher|unbedenklich|harmlos)(?!\w)|(?:klima|co2-)neutral\w*"
    r"|garantis?(?:e|es|sons)?(?!\w)|sans (?:aucun )?risques?(?!\w)|sans effets? (?:secondaires?"
    r"|indésirables?)(?!\w)"
    r"|marche (?:toujours|à tous les coups)(?!\w)|infaillibles?(?!\w)|neutres? en carbone(?!\w)"
    r"|totalement (?:sûr|inoffensif)\w*"
    r"|garanti(?:d[oa]s?|mos)(?!\w)|sem (?:qualquer )?riscos?(?!\w)|sem efeitos (?:secundários"
    r"|colaterais)(?!\w)"
    r"|funciona sempre(?!\w)|infalíve(?:l|is)(?!\w)|neutr[oa] em carbono(?!\w)|totalmente (?:segur[oa]"
    r"|eficaz)(?!\w)"
    r"|garantiza(?:d[oa]s?|mos)(?!\w)|sin (?:ningún )?riesgos?(?!\w)|sin efectos secundarios(?!\w)"
    r"|siempre funciona(?!\w)|infalibles?(?!\w)|neutr[oa] en carbono(?!\w)|totalmente segur[oa](?!\w)"
)

_ILL_EN = (
    r"(?:cancer|diabetes|dementia|alzheimer['’]?s?|strokes?|heart (?:attacks?|disease)|depression|anxiety"
    r"|autism|infertility"
    r"|arthritis|asthma|flu|colds?|covid(?:-19)?|infections?|disease|illness|inflammation|obesity|acne"
    r"|migraines?|ageing|aging)"
)
_ILL_DE = (
    r"(?:Krebs|Diabetes|Demenz|Alzheimer|Schlaganfall|Herzinfarkt|Depressionen?|Grippe|Erkältung\w*"
    r"|Infektion\w*|Krankheit\w*|Entzündung\w*|Migräne|Autismus)"
)
_ILL_FR = (
    r"(?:cancers?|diabète|démence|AVC|dépression|grippe|rhumes?|infections?|maladies?|inflammations?"
    r"|migraines?)"
)
_ILL_PT = (
    r"(?:cancro|câncer|diabetes|demência|AVC|depressão|gripe|constipaç\w+|infeç\w+|doenças?|inflamaç\w+"
    r"|enxaquecas?)"
)
_ILL_ES = (
    r"(?:cáncer|diabetes|demencia|ictus|depresión|gripe|resfriados?|infecci\w+|enfermedad\w*|inflamaci\w+"
    r"|migrañas?)"
)
HEALTH = (
    r"(?:cures?|heals?|treats?|prevents?|reverses?|fights?|stops?|beats?|causes?|protects? (?:you )?(?:from"
    r"|against)|cure for)"
    rf" (?:the |your |against |common )?{_ILL_EN}(?!\w)"
    r"|(?:cures|cure for|clinically (?:proven|tested)|medically proven|doctor[- ]recommended"
    r"|dermatologically tested)(?!\w)"
    r"|(?:boosts?|strengthens?|supports?) (?:your |the )?(?:immune system|immunity|metabolism)(?!\w)"
    r"|(?:burns?|melts?) (?:away )?fat(?!\w)"
    r"|(?:lowers?|reduces?|cuts?|raises?|increases?) (?:your |the )?(?:blood pressure|cholesterol|blood sugar"
    r"|risk of \w+)(?!\w)"
    r"|(?:relieves?|eases?|soothes?) (?:\w+ )?(?:pain|stress|anxiety|headaches?|inflammation)(?!\w)"
    r"|detox(?:es|ifies)(?!\w)"
    r"|lose (?:up to )?\d+\s?(?:kg|kilos?|pounds|lbs)(?!\w)|(?:good|bad) for your (?:heart|health|skin|gut"
    r"|brain)(?!\w)|anti-?(?:ageing|aging|inflammatory)(?!\w)|adds? years to your life(?!\w)"
    rf"|(?:heilt|heilen|bekämpft|stoppt|verursacht|verhindert) (?:\w+ )?{_ILL_DE}(?!\w)|(?:schützt"
    rf"|schützen) vor {_ILL_DE}"
    rf"|hilft (?:bei|gegen) {_ILL_DE}|beugt (?:\w+ )?{_ILL_DE} vor(?!\w)|klinisch (?:erwiesen|getestet|geprüft"
    r"|bewiesen)(?!\w)"
    r"|(?:stärkt|unterstützt) (?:das|dein|Ihr) Immunsystem(?!\w)|senkt (?:den Blutdruck|das Cholesterin"
    r"|das Risiko|den Blutzucker)(?!\w)"
    r"|lindert (?:\w+ )?(?:Schmerzen|Stress|Beschwerden)(?!\w)|entgiftet(?!\w)|gesundheitsfördernd\w*"
    rf"|(?:guérit|guérissent|prévient|combat|provoque|cause|soigne) (?:l[ea]s? |l['’])?{_ILL_FR}(?!\w)"
    rf"|protège (?:contre|de) (?:l[ea]s? |l['’])?{_ILL_FR}|cliniquement (?:prouvé|testé)\w*"
    r"|renforce (?:l['’]immunité|le système immunitaire|vos défenses)(?!\w)|(?:réduit|diminue) (?:le risque d"
    r"|la tension|le cholestérol)\w*"
    r"|soulage (?:l[ea]s? |votre )?(?:douleurs?|stress|maux)(?!\w)|(?:fait|faire) (?:maigrir"
    r"|baisser la tension)(?!\w)|brûle les graisses(?!\w)"
    rf"|(?:cura|curam|previne|previnem|combate|provoca|causa|trata) (?:[oa]s? )?{_ILL_PT}(?!\w)"
    rf"|protege (?:contra|d[aoe]s?) (?:[oa]s? )?{_ILL_PT}"
    r"|clinicamente (?:comprovad|testad|provad)[oa]s?(?!\w)"
    r"|(?:reforça|fortalece) (?:o sistema imunit\w+|as defesas)(?!\w)|(?:reduz|diminui) (?:o risco de \w+"
    r"|a tensão|o colesterol)(?!\w)"
    r"|alivia (?:[oa]s? )?(?:dor|dores|stress|stresse)(?!\w)|(?:emagrece|queima gordura)(?!\w)"
    rf"|(?:cura|curan|previene|previenen|combate|provoca|causa|trata) (?:el |la |los |las )?{_ILL_ES}(?!\w)"
    rf"|protege (?:contra|de) (?:el |la )?{_ILL_ES}|clínicamente (?:probad|comprobad|demostrad"
    r"|testad)[oa]s?(?!\w)|(?:refuerza|fortalece) (?:el sistema inmun\w+|tus defensas|las defensas)(?!\w)"
    r"|reduce (?:el riesgo de \w+|la tensión|el colesterol)(?!\w)"
    r"|alivia (?:el |la |los )?(?:dolor(?:es)?|estrés)(?!\w)|(?:adelgaza|quema grasa)(?!\w)"
)

FINANCE = (
    rf"(?:returns?|yields?|profits?|interest|gains?|dividends?) of (?:{_ABOUT})?\d[\d.,]*\s?%?"
    rf"|{_N}\s?% (?:annual |guaranteed |average )?(?:returns?|interest|yields?|APR|profit|Rendite|Zinsen"
    r"|de rendement|de juros|de rentabilidad\w*|de interés)(?!\w)"
    r"|(?:doubl|tripl)(?:e|es|ed|ing) (?:your|their|our) (?:money|income|savings|investment|profits?)(?!\w)"
    r"|passive income(?!\w)|get rich(?!\w)|make you rich(?!\w)|financial freedom(?!\w)"
    r"|beats? the market(?!\w)"
    r"|pays? for itself(?!\w)|(?:will|going to) (?:rise|go up|double|triple|increase) in value(?!\w)"
    rf"|(?:earn|make|save|pocket)s? (?:{_ABOUT})?{_MONEY} (?:a|per|every|each) (?:day|week|month|year"
    r"|hour)(?!\w)"
    rf"|(?:Renditen?|Zinsen|Gewinne?|Erträge?) von (?:{_ABOUT})?\d[\d.,]*|verdoppel\w+ (?:dein|deine|Ihr|Ihre"
    r"|euer|das) (?:Geld|Vermögen|Einsatz|Ersparnisse)(?!\w)"
    r"|passives Einkommen(?!\w)|(?:reich werden|finanzielle Freiheit)(?!\w)|(?:verdiene|verdienen|sparen"
    rf"|spare|sparst) (?:Sie )?(?:{_ABOUT})?{_MONEY} (?:im|pro|am) (?:Tag|Woche|Monat|Jahr)(?!\w)"
    rf"|(?:rendements?|intérêts?|bénéfices?) de (?:{_ABOUT})?\d[\d.,]*|doublez votre (?:argent|mise|capital"
    r"|épargne)(?!\w)|revenus? passifs?(?!\w)|devenir riche(?!\w)"
    rf"|(?:gagnez|économisez) (?:{_ABOUT})?{_MONEY} par (?:jour|semaine|mois|an)(?!\w)"
    rf"|(?:rendimentos?|retornos?|rentabilidade|juros|lucros?) de (?:{_ABOUT})?\d[\d.,]*|(?:duplique|dobre"
    r"|duplica) o (?:seu|teu) dinheiro(?!\w)"
    r"|(?:renda passiva|rendimento passivo|ficar rico)(?!\w)|(?:ganhe|ganha|poupe"
    rf"|poupa) (?:{_ABOUT})?{_MONEY} por (?:dia|semana|mês|ano)(?!\w)"
    rf"|(?:rentabilidad(?:es)?|rendimientos?|intereses|beneficios?|ganancias?) del? (?:{_ABOUT})?\d[\d.,]*"
    r"|(?:duplica|duplique|dobla) (?:tu|su) (?:dinero|inversión)(?!\w)"
    r"|ingresos pasivos(?!\w)|hacer(?:se|te) rico(?!\w)|(?:gana|gane|ahorra"
    rf"|ahorre) (?:{_ABOUT})?{_MONEY} (?:al|por|cada) (?:día|semana|mes|año)(?!\w)"
)

_LATER = (
    r"(?! (?:ever|usual|expected|planned|before|last|this|we|you|I|I['’]m|nothing|words|never|yesterday|later"
    r"|one|just|that)\b)"
)
COMPARISON = (
    r"(?:twice|three times|four times|five times|ten times|\d+ ?(?:times|x)) (?:as \w+(?: \w+)? as|(?:more"
    r"|less|fewer) \w+|faster|cheaper|safer|better|cleaner|stronger|larger|bigger|higher)(?!\w)"
    r"|(?:faster|cheaper|better|safer|cleaner|stronger|healthier|greener|larger|bigger|higher|quieter|worse"
    r"|quicker|lower|longer[- ]lasting)"
    rf" than{_LATER} \w+"
    r"|(?:more|less) (?:\w+ly )?(?:effective|efficient|reliable|secure|dangerous|sustainable|energy"
    r"|affordable|accurate|productive|popular"
    rf"|expensive|harmful|polluting) than{_LATER} \w+"
    r"|(?:outperform|outsell|outlast)(?:s|ed)?(?!\w)|unlike (?:all )?(?:other|any other) \w+"
    r"|than any other(?!\w)|compared (?:to|with)(?!\w)"
    r"|(?:doppelt|dreimal|viermal|zehnmal|\d+-?mal|halb) so \w+ wie(?!\w)|(?:schneller|besser|billiger"
    r"|günstiger|sicherer|sauberer|gesünder"
    r"|größer|höher|leiser|wirksamer|effizienter|schlechter|teurer|umweltfreundlicher) als(?! (?:je|sonst"
    r"|üblich|geplant|gedacht|nichts|erwartet|letzte\w*|gestern)) \w+"
    r"|(?:deux|trois|quatre|dix|\d+) fois (?:plus|moins) \w+|(?:plus|moins) (?:rapide|sûre?|propre|efficace"
    r"|écologique|économique|fiable|puissante?|chère?|saine?|dangereu\w+)s? que"
    r"(?! (?:jamais|prévu|d['’]habitude))(?!\w)|(?:meilleure?s?|mieux|pires?) que(?! (?:jamais|prévu|rien"
    r"|d['’]habitude))(?!\w)"
    r"|(?:duas|três|quatro|dez|\d+) vezes (?:mais|menos) \w+|(?:mais|menos) (?:rápid|segur|limp|barat|car"
    r"|ecológic|económic|perigos)[oa]s? (?:do )?que"
    r"(?! (?:nunca|o previsto|o habitual))(?!\w)|(?:mais|menos) (?:eficaz|eficiente|fiável|saudável"
    r"|sustentável)\w* (?:do )?que(?! nunca)(?!\w)"
    r"|(?:melhor|pior|maior|menor)(?:es)? (?:do )?que(?! (?:nunca|nada|ontem))(?!\w)"
    r"|(?:dos|tres|cuatro|diez|\d+) veces (?:más|menos) \w+|(?:más|menos) (?:rápid|segur|limpi|barat|car"
    r"|ecológic|económic|peligros)[oa]s? que"
    r"(?! (?:nunca|de costumbre))(?!\w)|(?:más|menos) (?:eficaz|eficiente|fiable|saludable"
    r"|sostenible)\w* que(?! nunca)(?!\w)"
    r"|(?:mejor|peor|mayor|menor)(?:es)? que(?! (?:nunca|nada|ayer))(?!\w)|el doble de(?!\w)"
)

_SHOW = (
    r"(?:shows?|showed|shown|proves?|proved|proven|suggests?|says?|said|confirms?|confirmed|finds?|found|reveals?"
    r"|revealed|demonstrates?|indicates?)"
)
STUDIES = (
    r"(?:stud(?:y|ies)|research|surveys?|science|statistics|evidence|polls?|clinical trials?"
    rf"|tests) (?:\w+ )?(?:has |have |clearly |now )*{_SHOW}(?!\w)"
    r"|(?:scientists|researchers|experts|doctors|dentists|nutritionists|economists|vets) (?:all |now "
    r"|have )*(?:say|agree|found|find|recommend|warn|believe|confirm|proved|proven|discovered)(?!\w)"
    r"|according to (?:an? |the |one )?(?:\w+ )?(?:stud(?:y|ies)|surveys?|reports?|research|data|statistics"
    r"|science|experts|scientists|poll)(?!\w)"
    r"|scientifically proven(?!\w)|it['’]? ?(?:is|s|has been) (?:scientifically |been )?(?:a fact|proven"
    r"|proved|well known) that(?!\w)|(?:is|are|been) proven to(?!\w)"
    r"|(?:everybody|everyone) knows that(?!\w)"
    r"|(?:Studien?|Untersuchungen|Forschungen|Umfragen?|Tests|die Wissenschaft) (?:\w+ )?(?:zeigt|zeigen"
    r"|belegt|belegen|beweist|beweisen|bestätigt|bestätigen|ergab)(?!\w)"
    r"|(?:Forscher\w*|Wissenschaftler\w*|Experten|Expertinnen|Ärzte|Ärztinnen|Fachleute) (?:sagen|warnen"
    r"|empfehlen|bestätigen|haben|sind sich)(?!\w)"
    r"|laut (?:einer |der |dem |einem )?(?:\w+ )?(?:Studien?|Umfragen?|Statistik\w*|Berichts?|Untersuchung\w*"
    r"|Forschern|Experten)(?!\w)"
    r"|wissenschaftlich (?:erwiesen|bewiesen|belegt)(?!\w)|(?:nachweislich|erwiesenermaßen|bekanntlich)(?!\w)"
    r"|(?:études?|recherches?|enquêtes?|sondages?|la science) (?:\w+ )?(?:montre|prouve|révèle|confirme"
    r"|démontre|indique)(?:nt)?(?!\w)"
    r"|(?:scientifiques|chercheurs|experts|médecins) (?:disent|affirment|recommandent|confirment"
    r"|s['’]accordent|ont (?:prouvé|montré|découvert))(?!\w)"
    r"|(?:selon|d['’]après) (?:une |un |l['’]|des |les |la |le )?(?:\w+ )?(?:études?|enquêtes?|sondages?"
    r"|rapports?|statistiques|scientifiques|experts)(?!\w)"
    r"|scientifiquement prouvé\w*|il est (?:prouvé|démontré) que(?!\w)"
    r"|(?:estudos?|pesquisas?|investigações|inquéritos?|sondage(?:m|ns)|a ciência) (?:\w+ )?(?:mostra|prova"
    r"|revela|confirma|demonstra|indica|comprova)m?(?!\w)"
    r"|(?:cientistas|investigadores|pesquisadores|especialistas|médicos) (?:dizem|afirmam|recomendam"
    r"|confirmam|concordam|descobriram)(?!\w)"
    r"|(?:segundo|de acordo com) (?:um |uma |o |a |os |as )?(?:\w+ )?(?:estudos?|inquéritos?|relatórios?"
    r"|pesquisas?|estatísticas|especialistas)(?!\w)"
    r"|cientificamente (?:comprovad|provad)[oa]s?(?!\w)|est[áa] (?:provado|comprovado) que(?!\w)"
    r"|(?:estudios?|investigaciones|encuestas?|la ciencia) (?:\w+ )?(?:muestra|demuestra|prueba|revela"
    r"|confirma|indica)n?(?!\w)"
    r"|(?:científicos|investigadores|expertos|médicos) (?:dicen|afirman|recomiendan|confirman|coinciden"
    r"|descubrieron)(?!\w)"
    r"|(?:según|de acuerdo con) (?:un |una |el |la |los |las )?(?:\w+ )?(?:estudios?|encuestas?|informes?"
    r"|estadísticas|expertos|científicos)(?!\w)"
    r"|científicamente (?:probad|comprobad|demostrad)[oa]s?(?!\w)|est[áa] (?:demostrado|comprobado"
    r"|probado) que(?!\w)"
)


def _any(alternatives: str) -> regex.Pattern[str]:
    return compiled(rf"(?<![\w&@/])(?:{alternatives})", _FLAGS)


PATTERNS: dict[str, regex.Pattern[str]] = {
    "health": _any(HEALTH),
    "finance": _any(FINANCE),
    "guarantee": _any(GUARANTEE),
    "studies": _any(STUDIES),
    "comparison": _any(COMPARISON),
    "superlative": _any(SUPERLATIVE),
    "statistic": _any(STATISTIC),
}
"""The gravest first: where two kinds share words, the first one names them."""

NEGATED = compiled(
    r"(?:\b(?:no|not|cannot|can['’]t|never|don['’]t|doesn['’]t|won['’]t|without|isn['’]t|aren['’]t|nicht|keine?r?|ohne|nie|pas|sans|ne"
    r"|não|sem|nunca|no|sin|nem) (?:\w+ )?)$",
    _FLAGS,
)
"""Before "guaranteed": a promise that is not made."""
LINK = compiled(r"(?:https?://|www\.)\S+", _FLAGS)
