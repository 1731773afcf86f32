"""Verbs and nouns with which English reports what somebody said."""

from __future__ import annotations

from app.extract.lexicon import listed

# Verbs that say that words were uttered or written.
_SPEECH = listed(
    """accuse acknowledge add address admit advise affirm agree allege announce answer appeal argue assert
    assure attest blog boast call caution charge chant chide claim comment complain concede conclude
    confess confide confirm contend counter cry declare decry demand denounce deny describe detail
    disagree disclose e-mail email emphasize exclaim exhort explain express fume grumble gripe gush hint
    implore inform insist instruct interject joke lament lambaste laugh maintain mention mock muse
    mutter note object observe offer opine persist pledge point pray preach predict proclaim promise
    pronounce propose protest quip quote rail rant reaffirm reason recall reckon recount reflect
    reiterate remark remember remind reply report request respond retort retweet reveal roar say scoff
    scream shout shriek sigh signal sing snap speculate speak state stipulate stress suggest summarize
    surmise sneer tease tell testify text thunder tweet underline underscore urge vent volunteer vow
    wail warn whisper wonder write yell brag crow deadpan enthuse intone jest quibble rebut rejoin
    relate rebuke apologize elaborate expound joked caption bemoan blast slam ask inquire query hail
    greet summarise emphasise apologise criticise post read"""
)

# Verbs that often govern quoted words, but as often something else.
_WEAK = listed(
    """believe think feel hope fear worry consider dismiss label brand deem dub praise criticize criticise
    condemn compare characterize characterise portray cite reject attack defend credit deride ridicule
    bash hit term tout refer liken paint cast rip swear threaten want find show indicate imply celebrate
    welcome endorse support oppose question regard applaud commend salute invoke refuse conclude deliver
    trumpet hype champion lash encourage discuss continue bill style nickname define explain highlight
    blame rule decide warn signal reference rally counter accept dispute doubt embrace urge thank call"""
)

_IRREGULAR = {
    "say": "said", "tell": "told", "write": "wrote written", "speak": "spoke spoken", "sing": "sang sung",
    "think": "thought", "feel": "felt", "find": "found", "swear": "swore sworn", "show": "showed shown",
    "cast": "cast", "hit": "hit", "read": "read", "retell": "retold", "quit": "quit", "rebut": "rebutted",
    "brag": "bragged", "quip": "quipped", "snap": "snapped", "dub": "dubbed", "rip": "ripped",
    "slam": "slammed", "refer": "referred", "rebuke": "rebuked", "vow": "vowed", "admit": "admitted",
}  # fmt: skip

SPEECH_NOUNS = frozenset(
    listed(
        """account accusation accusations ad ads advice announcement answer appeal appeals argument arguments aside
        assertion assertions attack attacks belief bill bills blame blast blog blogs boast brag brand
        call calls cast caution characterization charge charges claim claims comment comments complaint
        complaints contention credit cries criticism cry declaration demand demands description dispute
        doubt e-mail e-mails email emails embrace fear fears highlight highlights hit hope hopes
        insistence interview invite joke jokes label laugh letter line lines mantra memo memos mention
        message messages mock motto name names note notes object objects offer offers op-ed opinion
        phrase plan plans pledge pledges post praise prediction project promise promises protest
        protests question questions quote quotes rallies rally rant rants read reference references
        remark remarks reply report request requests response show shows sign signal signals signs slam
        slogan snap speech speeches state statement statements states stress suggestion support taunt
        term terms testimony text texts threat tweet tweets urge vent view views vote votes vow vows
        warning warnings welcome words worry"""
    )
)


def _forms(verb: str) -> dict[str, str]:
    """The inflected forms of a verb: -s, -ed and -ing, by the spelling rules of English."""
    if verb.endswith("e"):
        past, third, ing = verb + "d", verb + "s", verb[:-1] + "ing"
    elif verb.endswith("y") and verb[-2] not in "aeiou":
        past, third, ing = verb[:-1] + "ied", verb[:-1] + "ies", verb + "ing"
    elif verb.endswith(("s", "sh", "ch", "x")):
        past, third, ing = verb + "ed", verb + "es", verb + "ing"
    else:
        past, third, ing = verb + "ed", verb + "s", verb + "ing"
    doubled = _IRREGULAR.get(verb, "").split()
    pasts = doubled or [past]
    if doubled and doubled[0] == verb + verb[-1] + "ed":
        ing = verb + verb[-1] + "ing"
    return {verb: "base", third: "third", ing: "ing"} | dict.fromkeys(pasts, "past")


def _table(verbs: tuple[str, ...]) -> dict[str, str]:
    return {form: kind for verb in verbs for form, kind in _forms(verb).items()}


SPEECH_FORMS = _table(_SPEECH)
WEAK_FORMS = {form: kind for form, kind in _table(_WEAK).items() if form not in SPEECH_FORMS}
