"""Classes of English words, as far as finding a subject and its verb needs them."""

from __future__ import annotations

from app.extract.lexicon import listed
from app.extract.lexicon.reporting import SPEECH_FORMS, SPEECH_NOUNS, WEAK_FORMS


class Flag:
    """What a word can be; one word can be several things. Plain bits: an enum would cost half the run time."""

    QUOTE = 1
    CAPITAL = 2
    CUE = 4
    WEAK = 8
    AUX = 16
    PREP = 32
    DET = 64
    PRONOUN = 128
    RELATIVE = 256
    ADVERB = 512
    CONJ = 1024
    TITLE = 2048
    HUMAN = 4096
    SPEECH_NOUN = 8192
    VERB = 16384
    TIME = 32768
    NOUN = 65536
    PUNCT = 131072
    NUMBER = 262144
    ING = 524288
    PAST = 1048576
    OUTLET = 2097152
    WORK = 4194304


ABBREVIATIONS = listed(
    """Mr Mrs Ms Dr Sen Sens Rep Reps Gov Govs Gen Lt Col Capt Sgt Maj Adm Prof Rev Hon Pres Sec Jr Sr St Del
    Atty Amb Pvt Cmdr Supt Det Insp Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec Inc Corp Co Ltd vs
    No Ariz Calif Colo Conn Fla Ga Ill Ind Kan Ky La Mass Md Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa
    Tenn Tex Va Vt Wash Wis Wyo Ala Ark"""
)

_CLASSES: dict[int, str] = {
    Flag.AUX: """is are was were be been being am has have had having do does did will would can could may might
        shall should must 's 're 've 'd 'll ’s ’re ’ve ’d ’ll isn't aren't wasn't weren't hasn't
        haven't hadn't doesn't don't didn't won't wouldn't can't cannot couldn't isn’t aren’t wasn’t
        weren’t hasn’t haven’t hadn’t doesn’t don’t didn’t won’t wouldn’t can’t couldn’t shouldn't
        shouldn’t""",
    Flag.PREP: """of in on at by for with from to about against between into through during before after above below
        under over among amid amidst around within without toward towards upon via despite as like
        near outside inside across behind beyond since until till regarding concerning per off onto
        alongside versus than""",
    Flag.DET: """the a an this that these those some any every each many several most few all both no another other
        one two three four five six seven eight nine ten dozens hundreds thousands his her its their
        our my your whose""",
    Flag.PRONOUN: """he she they it we i you""",
    Flag.RELATIVE: """who which that whom whose what""",
    Flag.ADVERB: """also then later now again once still even never ever often always already just only not n't too
        earlier instead meanwhile however therefore thus yet soon first finally afterward afterwards
        twice further previously recently today tomorrow yesterday tonight there here perhaps maybe
        almost quite very so indeed thereby anyway nonetheless nevertheless elsewhere repeatedly
        reportedly apparently in-depth back""",
    Flag.CONJ: """and but or nor yet so because although though while if when where whether unless whereas plus how
        why""",
    Flag.TITLE: """mr mr. mrs mrs. ms ms. dr dr. sen sen. rep rep. gov gov. gen gen. lt lt. col col. prof prof. rev
        rev. sir dame lord lady president senator governor representative congressman congresswoman
        mayor judge justice secretary minister chancellor premier pope king queen prince princess
        chief chairman chairwoman director ambassador envoy attorney professor pastor bishop
        cardinal sheriff captain sergeant general colonel lieutenant admiral commissioner councilman
        councilwoman speaker leader spokesman spokeswoman spokesperson coach analyst strategist
        candidate nominee host anchor reporter correspondent columnist author actor actress singer
        vice prime deputy former ex-president ex-wife detective officer chair co-chair co-founder
        founder ceo""",
    Flag.HUMAN: """spokesman spokeswoman spokesperson spokespeople official officials aide aides adviser advisers
        advisor advisors diplomat diplomats envoy envoys lawyer lawyers attorney attorneys expert
        experts analyst analysts source sources critic critics supporter supporters opponent
        opponents voter voters man woman men women people person boy girl mother father brother
        sister wife husband son daughter friend friends neighbor neighbour neighbors student
        students teacher teachers professor researcher researchers scientist scientists author
        authors reporter reporters journalist journalists editor editors columnist columnists writer
        writers blogger senator senators lawmaker lawmakers congressman congresswoman governor
        governors mayor president minister ministers candidate candidates nominee rival rivals
        leader leaders chairman chairwoman director directors manager managers executive executives
        officer officers commander soldier soldiers general activist activists advocate advocates
        protester protesters organizer organizers pollster pollsters strategist strategists
        operative operatives consultant consultants donor donors veteran veterans worker workers
        witness witnesses victim victims judge judges prosecutor prosecutors investigator
        investigators agent agents player players coach captain team members member group groups
        committee commission agency department ministry company companies firm administration
        government campaign party union organization organisation association coalition court panel
        board council police republicans democrats conservatives liberals ambassador secretary host
        moderator moderators businessman billionaire mogul tycoon celebrity actor actress singer
        physician doctor doctors nurse patient resident residents owner owners founder user users
        visitor guest colleague colleagues successor predecessor politician politicians economist
        economists historian narrator speaker speakers crowd audience child children kid kids parent
        parents family relatives""",
    Flag.OUTLET: """report reports newspaper paper magazine article story website site blog editorial study poll survey
        document documents outlet network channel agency journal memo letter email transcript book
        author ad statement release filing lawsuit complaint indictment ruling opinion video caption
        headline post sign tweet message petition resolution bill law act constitution data""",
    Flag.TIME: """monday tuesday wednesday thursday friday saturday sunday january february march april may june july
        august september october november december jan. feb. mar. apr. jun. jul. aug. sept. sep.
        oct. nov. dec. week month year day morning afternoon evening night today yesterday tomorrow
        tonight weekend""",
}

_IRREGULAR_PAST = frozenset(
    listed(
        """appears are beat became becomes began begun believes bent blew bore bought broke brought built came
    caught chose comes cost cut dealt did does drank drew drove dug fell felt flew forgot fought found
    froze gave gets gives go goes gone got grew had has hear heard held hit holds hung hurt is keeps
    kept knew know known knows launched leads led left lent let lost made makes meant met needs overcame
    paid put ran rang read remains rode rose runs sang sank sat saw says see seems seen sent set shook
    shot shut sits slept sold sought spent spoke stands stood struck stuck swam swept swore swung takes
    taught thinks thought threw took tore understood undertook wants was went wept were withdrew woke
    won wore wrote"""
    )
)
_NO_ADVERBS = frozenset(
    listed("""ally anomaly assembly bully elderly family friendly likely monopoly monthly rally reply supply weekly""")
)
_AGENTS = listed(
    """ner ners ter ters der ders ker kers ger gers ver vers ser sers ber bers tor tors ist ists man men woman
    women person ian ians ologist"""
)
_NOT_AGENTS = frozenset(
    listed(
        """american anger assist australian banner better bigger border borders canadian center centers chairman
    chamber chapter charter christian clever closer computer computers consist consumer corner cover
    cyber danger daughter december dinner disorder egyptian either ember ever exist factor factors fever
    fiber finger fist folder gender german gist greater human hunger indian iranian italian ladder
    larger laser later latter letter letters list lists longer loser manner matter matters mist monitor
    motor murder neither never november number numbers october order orders over palestinian paper
    papers persist powder quarter quarters rather river rubber russian sector sectors september server
    servers shelter shoulder silver stronger syrian tender theater timber together trigger twist twitter
    ukrainian under user water weather winter wonder wrist younger"""
    )
)


def looks_like_verb(low: str) -> bool:
    """Whether a lower-case word that no list knows has the form of a finite verb."""
    return low in _IRREGULAR_PAST or (len(low) > 3 and low.endswith("ed") and not low.endswith("eed"))


def guess(word: str, low: str) -> int:
    """The flags of a word that no list knows, by its ending."""
    if low.endswith("ly") and len(low) > 4 and word[0] == low[0] and low not in _NO_ADVERBS:
        return Flag.ADVERB
    if looks_like_verb(low):
        return Flag.VERB
    if word[0].isalpha():
        agent = low.endswith(_AGENTS) and low not in _NOT_AGENTS
        return Flag.NOUN | (Flag.HUMAN if agent or FLAGS.get(low.rpartition("-")[2], 0) & Flag.HUMAN else 0)
    return Flag.NUMBER if word[0].isdigit() else Flag.PUNCT


def _flags() -> dict[str, int]:
    table: dict[str, int] = {}
    for flag, words in _CLASSES.items():
        for word in words.split():
            table[word] = table.get(word, 0) | flag
    for forms, flag in ((SPEECH_FORMS, Flag.CUE), (WEAK_FORMS, Flag.WEAK)):
        for form, kind in forms.items():
            extra = {"ing": Flag.ING, "past": Flag.PAST}.get(kind, 0)
            table[form] = table.get(form, 0) | flag | extra
    for noun in SPEECH_NOUNS:
        table[noun] = table.get(noun, 0) | Flag.SPEECH_NOUN
    return table


FLAGS = _flags()
