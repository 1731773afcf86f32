"""One small scene in many hands: marks, layouts, names and cues that the other tests do not have.

Each case lists all speech in the text: how the words begin, the speaker's mention, and the name behind it if the text
gives another one.
"""

from __future__ import annotations

import pytest

from app.extract import extract_body

Said = tuple[str, str | None]

CASES: dict[str, tuple[str, list[Said]]] = {
    "British single marks": (
        "‘We can’t wait for the workers’ report,’ said Priya Raman, the harbour master. ‘It’s due in May.’",
        [("We can’t", "Priya Raman"), ("It’s due", "Priya Raman")],
    ),
    "British double inside single": (
        "‘She told me “never” and I believed her,’ Owen Pugh said.\n‘I did not say that at all,’ said Mrs Bowen.",
        [("She told", "Owen Pugh"), ("I did not", "Mrs Bowen")],
    ),
    "straight singles": (
        "'We are not the ones to blame,' said Tom Moss. 'Ask the owners' club, it won't hide.'",
        [("We are", "Tom Moss"), ("Ask the", "Tom Moss")],
    ),
    "German": ("„We shall rebuild the mill“, said Jürgen Groß.", [("We shall", "Jürgen Groß")]),
    "German guillemets": ("»We shall rebuild the mill«, said Jürgen Groß.", [("We shall", "Jürgen Groß")]),
    "French with hard spaces": (
        "«\u00a0We shall rebuild the mill\u00a0», said Élodie Lefèvre.",
        [("We shall", "Élodie Lefèvre")],
    ),
    "single guillemets": ("‹We shall rebuild the mill›, said Élodie Lefèvre.", [("We shall", "Élodie Lefèvre")]),
    "corner brackets": ("Kenji Mori said: 「We shall rebuild the mill.」", [("We shall", "Kenji Mori")]),
    "Swedish": ("”We shall rebuild the mill”, said Åsa Öberg.", [("We shall", "Åsa Öberg")]),
    "doubled apostrophes": ("''We shall rebuild the mill,'' Ms. Oduya said.", [("We shall", "Ms. Oduya")]),
    "TeX": ("``We shall rebuild the mill,'' Ms. Oduya said.", [("We shall", "Ms. Oduya")]),
    "mixed marks": ('“We shall rebuild the mill," Ms. Oduya said.', [("We shall", "Ms. Oduya")]),
    "comma outside": ("“We shall rebuild the mill”, Ms. Oduya said.", [("We shall", "Ms. Oduya")]),
    "unclosed": ("“We shall rebuild the mill, Ms. Oduya said.\nThe mill burned in May.", []),
    "unclosed before a good one": (
        "The “old mill burned in May.\nNobody was hurt.\n“We shall rebuild it,” Ms. Oduya said.",
        [("We shall", "Ms. Oduya")],
    ),
    "wire": (
        'HARLOW, Kent (XPA) - "The mill is gone for good," Chief Dan Okoro told reporters late on Monday.',
        [("The mill", "Chief Dan Okoro")],
    ),
    "wire with a second sentence": (
        'It burned on Monday, they said.\n"It went up like paper," said Chief Dan Okoro. "We had no chance."',
        [("It went", "Chief Dan Okoro"), ("We had", "Chief Dan Okoro")],
    ),
    "present tense": (
        "“People here talk about nothing else,” says Leila Haddad, who sells tea by the gate.",
        [("People here", "Leila Haddad")],
    ),
    "adds": (
        "Leila Haddad sells tea by the gate.\n“People here talk about nothing else,” she says. “Nothing,” she adds.",
        [("People here", "she"), ("Nothing", "she")],
    ),
    "speaker between two halves": (
        "“The mill,” said Anil Kapoor-Jones, “was the heart of this town.”",
        [("The mill", "Anil Kapoor-Jones"), ("was the heart", "Anil Kapoor-Jones")],
    ),
    "surname first": (
        "“We expect rain,” Nguyen Thi Lan, who heads the office, said on Friday.",
        [("We expect", "Nguyen Thi Lan")],
    ),
    "particles": (
        "“We expect rain,” said Maria da Silva van den Berg.",
        [("We expect", "Maria da Silva van den Berg")],
    ),
    "hyphen and apostrophe": ("“We expect rain,” said Siobhán O’Dowd-Keane.", [("We expect", "Siobhán O’Dowd-Keane")]),
    "initials": ("“We expect rain,” said J. K. Abiola.", [("We expect", "J. K. Abiola")]),
    "organisation": (
        "“Our members voted for a strike,” the Dockers’ Union said in a statement.",
        [("Our members", "the Dockers’ Union")],
    ),
    "ministry": (
        "The Ministry of Works said the plan was “entirely within the law.”",
        [("entirely", "The Ministry of Works")],
    ),
    "capital for its government": (
        "Ankara said on Sunday that it would “not remain silent” about the raid.",
        [("not remain", "Ankara")],
    ),
    "role only": ("“Nobody was hurt,” a police spokeswoman said.", [("Nobody was", "a police spokeswoman")]),
    "two roles": (
        "“Nobody was hurt,” one official said. “Not that we know,” another said.",
        [("Nobody was", "one official"), ("Not that", "another")],
    ),
    "condition of anonymity": (
        "“It will not pass,” said a senior aide, who spoke on condition of anonymity.",
        [("It will", "a senior aide")],
    ),
    "report adds": (
        "The Harlow Herald found the leak in June.\n“The pipes date from the war,” the report adds.",
        [("The pipes", "the report")],
    ),
    "statement": (
        "The owners sent out a statement on Friday. “We regret the smell,” it said.",
        [("We regret", "it")],
    ),
    "statement read": ("“We regret the smell,” the statement read.", [("We regret", "the statement")]),
    "pronoun chain": (
        "Ingrid Solberg runs the ferry. “I saw smoke,” she said. “Then I ran,” she went on.\n“Nobody came,” she said.",
        [("I saw", "she"), ("Then I", "she"), ("Nobody came", "she")],
    ),
    "name before, aside between": (
        "Ingrid Solberg, 54, a mother of three who has run the ferry since 2009, said she was “done with waiting.”",
        [("done with", "Ingrid Solberg")],
    ),
    "another person between": (
        "Ingrid Solberg told the mayor, Carl Lind, that the quay was “one storm away from falling.”",
        [("one storm", "Ingrid Solberg")],
    ),
    "object of the verb": (
        "Ingrid Solberg accused Carl Lind of “sleeping through the storm.”",
        [("sleeping through", "Ingrid Solberg")],
    ),
    "person after in a clause": (
        "Carl Lind, whom Ingrid Solberg had met in May, called the quay “sound.”",
        [("sound", "Carl Lind")],
    ),
    "several sentences between": (
        "“The quay is sound,” said Carl Lind. The wind rose. A boat sank. “I stand by that,” he said.",
        [("The quay", "Carl Lind"), ("I stand", "he")],
    ),
    "interview": (
        "Q: Why did the quay fall?\nA: It was old.\nCarl Lind: “It was very old, and nobody paid for paint.”",
        [("It was very", "Carl Lind")],
    ),
    "interview in marks": (
        "“Why did the quay fall?” I asked. “It was old,” Carl Lind answered.",
        [("Why did", "I"), ("It was old", "Carl Lind")],
    ),
    "transcript in marks": (
        "“LIND: The quay was very old by then.”\n“SOLBERG: And yet it stood.”",
        [("LIND:", "LIND"), ("SOLBERG:", "SOLBERG")],
    ),
    "said by": (
        "The quay was described as “an accident in waiting” by Ingrid Solberg.",
        [("an accident", "Ingrid Solberg")],
    ),
    "according to, before": ("According to Ingrid Solberg, the quay was “rotten.”", [("rotten", "Ingrid Solberg")]),
    "according to, after": (
        "The quay was “rotten to the core,” according to Ingrid Solberg.",
        [("rotten", "Ingrid Solberg")],
    ),
    "in the words of": ("The quay was, in the words of Ingrid Solberg, “rotten.”", [("rotten", "Ingrid Solberg")]),
    "as put": ("As Ingrid Solberg put it: “The quay was rotten.”", [("The quay", "Ingrid Solberg")]),
    "wrote on": (
        "“The quay was rotten,” Ingrid Solberg wrote on her blog on Sunday.",
        [("The quay", "Ingrid Solberg")],
    ),
    "tweeted": ("“Quay gone. All safe,” tweeted @harlowferry.", [("Quay gone", "@harlowferry")]),
    "question": (
        "“Who pays?” Ingrid Solberg asked. “Who always pays?”",
        [("Who pays", "Ingrid Solberg"), ("Who always", "Ingrid Solberg")],
    ),
    "exclamation": ("“Jump!” shouted a sailor.", [("Jump", "a sailor")]),
    "adverb": ("“Jump,” a sailor quietly said.", [("Jump", "a sailor")]),
    "auxiliary": ("“Jump,” Ingrid Solberg would later say.", [("Jump", "Ingrid Solberg")]),
    "place before": (
        "In Harlow, where the quay stood, Ingrid Solberg said it was “a black day.”",
        [("a black", "Ingrid Solberg")],
    ),
    "participle": (
        "Speaking on local radio, Ingrid Solberg said it was “a black day.”",
        [("a black", "Ingrid Solberg")],
    ),
    "participle after": (
        "Ingrid Solberg left the meeting, saying it had been “a waste of paper.”",
        [("a waste", "Ingrid Solberg")],
    ),
    "two quoted parts": (
        "Ingrid Solberg said the meeting was “a waste of paper” and its chair “no sailor.”",
        [("a waste", "Ingrid Solberg"), ("no sailor", "Ingrid Solberg")],
    ),
    "two speakers in a sentence": (
        "Ingrid Solberg called it “a black day,” while Carl Lind spoke of “a new start.”",
        [("a black", "Ingrid Solberg"), ("a new", "Carl Lind")],
    ),
    "two speakers in a paragraph": (
        "“It is over,” said Ingrid Solberg. “It has only begun,” said Carl Lind.",
        [("It is", "Ingrid Solberg"), ("It has", "Carl Lind")],
    ),
    "colon and paragraph": (
        "Ingrid Solberg wrote to the council:\n“The quay is rotten, and you have known it for years.”",
        [("The quay", "Ingrid Solberg")],
    ),
    "several paragraphs": (
        "Ingrid Solberg said: “The quay is rotten.\n“You have known it for years.\n“Mend it.”",
        [("The quay", "Ingrid Solberg"), ("You have", "Ingrid Solberg"), ("Mend it", "Ingrid Solberg")],
    ),
    "speaker only after several paragraphs": (
        "“The quay is rotten.\n“You have known it for years,” Ingrid Solberg told the council.",
        [("The quay", "Ingrid Solberg"), ("You have", "Ingrid Solberg")],
    ),
    "bare paragraph between": (
        "“The quay is rotten,” Ingrid Solberg said.\n“You have known it for years.”\n“Mend it,” she said.",
        [("The quay", "Ingrid Solberg"), ("You have", "Ingrid Solberg"), ("Mend it", "she")],
    ),
    "credit line": (
        "“The sea gives and the sea takes away.”\n— Ingrid Solberg, ferry master",
        [("The sea", "Ingrid Solberg")],
    ),
    "nobody": ("“The sea gives and the sea takes away from all of us.”", [("The sea", None)]),
    "sign": (
        "A sign on the gate read “Closed until further notice by order.”",
        [("Closed until", "A sign on the gate")],
    ),
    "headline": ("Quay ‘rotten’ for years\n“It was rotten,” said Ingrid Solberg.", [("It was", "Ingrid Solberg")]),
    "scare quotes": ("The “experts” came by boat. The “new” quay is no newer than the old.", []),
    "title": ("She sang “Song of the Quay” at the feast.", []),
    "mention": ("Nobody on the council would use the word “rotten” that week.", []),
    "so-called": ("The so-called “quay of dreams” fell down in May.", []),
    "inches and years": ('A 12" pipe of the 1960s, the \'60s as Lind called them, burst.', []),
    "blog": (
        "So I asked my neighbour about the quay. And she goes, “Honestly, who cares?” I do!",
        [("Honestly", "she")],
    ),
    "caption": ("Ingrid Solberg at the quay. “I grew up here,” she says. Photo: Carl Lind", [("I grew", "she")]),
    "spokesman for": (
        "“We do not comment on storms,” said a spokesman for Lind Marine, which owns the quay.",
        [("We do", "a spokesman for Lind Marine")],
    ),
    "name after role": (
        "“We do not comment on storms,” company spokesman Femi Adeyemi said.",
        [("We do", "company spokesman Femi Adeyemi")],
    ),
    "court": (
        "Judge Rosa Ortega ruled that the owner had shown “reckless disregard for human life.”",
        [("reckless", "Judge Rosa Ortega")],
    ),
    "owned noun": (
        "Solberg’s warning that the quay was “one storm from falling” went unheard.",
        [("one storm", "Solberg")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_speech_of_any_style_is_found_with_its_speaker(name: str) -> None:
    text, expected = CASES[name]
    outer = [q for q in extract_body(text).quotes if q.speech and q.parent is None and q.kind != "indirect"]
    found = [(q.exact, q.speaker.text if q.speaker else None) for q in outer]
    assert len(found) == len(expected), found
    for (exact, speaker), (opening, wanted) in zip(found, expected, strict=True):
        assert exact.startswith(opening)
        assert speaker == wanted or (speaker and wanted and (wanted in speaker or speaker in wanted)), found
