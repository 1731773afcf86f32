"""Given names and titles that tell a man's name from a woman's."""

from __future__ import annotations

from app.extract.lexicon import listed

MALE = frozenset(
    listed(
        """aaron abdul adam adrian ahmed al alan albert alejandro alex alexander alfred ali allen amit andre andrei
    andrew andrey andy angus anthony antonio arjun arnold arthur barack barry bashar ben benjamin
    bernard bernie bill billy bob bobby boris brad bradley brandon brendan brent brett brian bruce bryan
    carl carlos charles charlie chris christopher chuck clarence corey craig dale dan daniel darrell
    dave david dean denis dennis derek dick diego dmitri dmitry don donald doug douglas dwight ed eddie
    edgar eduardo edward elijah eliot elliott emmanuel enrique eric erik ernest eugene evan felix
    fernando francis francisco frank franklin fred frederick gabriel gary gene george gerald gilbert
    giovanni glenn gordon graham greg gregory guy hamid hans harold harry harvey hassan henry herbert
    herman hiroshi howard hugh hussein ian ibrahim igor imran isaac ivan jack jacob jacques jake james
    jamie jared jason javier jay jean jeb jeff jeffrey jens jeremy jerome jerry jim jimmy joe joel john
    johnny jon jonathan jordan jorge jose joseph josh joshua juan julian julio jun justin karl keith ken
    kenji kenneth kevin khalid kirk kurt kyle larry lars lawrence lee len leo leon leonard lewis lindsey
    lloyd louis luca lucas luis luke malcolm manuel marc marco mario mark marshall martin marvin mateo
    matt matthew maurice max michael miguel mike mikhail ming mitch mitchell mitt mohamed mohammad
    mohammed muhammad nathan nathaniel neil nicholas nick nigel nikolai noah norman olaf oleg oliver
    omar oscar pablo pat patrick paul pavel pedro pete peter phil philip phillip pierre rafael rahul raj
    ralph rand randy raul ray raymond recep reince ricardo richard rick ricky rob robert roberto robin
    rod rodney roger roland ron ronald ross roy rudy rupert russ russell ryan salman sam samuel sanjay
    scott sean sergei sergey seth shane shawn sidney simon spencer stanley stefan stephen steve steven
    stewart stuart takeshi tariq tayyip ted terrence terry theodore thomas tim timothy toby todd tom
    tommy tony travis trevor trey tyler vernon victor vikram vincent vladimir volodymyr wallace walter
    warren wayne wei wesley will william xavier yuri yusuf zachary"""
    )
)
FEMALE = frozenset(
    listed(
        """abigail aisha alexandra alice alicia alison allison amanda amber amina amy ana andrea angela angelica
    angelina anita anjali ann anna anne annegret annette annie april arianna ashley astrid audrey
    barbara becky beth betsy betty beverly bonnie brenda bridget brittany camille candace carla carly
    carmen carol caroline carolyn carrie catherine cathy charlotte chelsea cheryl chiara christina
    christine cindy claire clara claudia colleen condoleezza connie courtney crystal cynthia dana
    danielle dawn debbie deborah debra denise diana diane dianne dina dolores donna dora doris dorothy
    eileen elaine eleanor elena elise elizabeth ellen emily emma erica erin esther eva evelyn faith
    fatima fiona florence frances gail georgia geraldine gina ginger giulia gladys gloria grace greta
    gwen hannah heather heidi helen hillary holly hope huma ingrid irene iris isabel ivanka jacinda
    jackie jacqueline jane janet janice jasmine jean jeanne jen jenna jennifer jenny jessica jill jo
    joan joanna joanne jocelyn jody josephine joy joyce juanita judith judy julia julie june kamala
    karen karin kate katherine kathleen kathryn kathy katie katrina kayla keiko kelly kellyanne kerry
    kim kimberly kirsten kristen kristin kristina laura lauren laurie leah leila lena leslie lillian
    lily linda lindsay lisa liz liza lois loretta lori lorraine louise lucy lydia lynn madeleine madison
    maggie malala mandy marcia margaret maria marie marilyn marine marissa marjorie marlene martha mary
    maureen maxine megan megyn mei melania melanie melinda melissa mercedes michele michelle mildred
    miriam molly monica nadia nancy naomi natalie natasha nicole nikki nina norma olga olivia paige
    pamela patricia patty paula pauline penny phyllis priscilla priya rachel rebecca regina renee rhonda
    rita roberta robyn rosa rose rosemary roxanne ruth sabrina sally samantha sandra sara sarah savannah
    shannon sharon sheila shelly sheryl shirley sofia sonia sonya sophia stacy stella stephanie sue
    sunita susan susana suzanne sylvia ségolène tamara tammy tanya tara teresa theresa tiffany tina
    tracy ursula valerie vanessa vera veronica vicki victoria virginia vivian wanda wendy whitney
    yolanda yuki yvonne zoe"""
    )
)
MALE_TITLES = frozenset(listed("""businessman chairman congressman councilman king lord mr mr. prince sir spokesman"""))
FEMALE_TITLES = frozenset(
    listed("""chairwoman congresswoman councilwoman dame lady miss mrs mrs. ms ms. princess queen spokeswoman""")
)


def gender_of(words: list[str]) -> str | None:
    """`m` or `f` where a title or given name among the lower-case words tells, else None."""
    for word in words:
        if word in MALE_TITLES:
            return "m"
        if word in FEMALE_TITLES:
            return "f"
    first = next((w for w in words if w in MALE or w in FEMALE), None)
    if first is None:
        return None
    return "m" if first in MALE else "f"
