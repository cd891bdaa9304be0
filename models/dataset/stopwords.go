package dataset

import "strings"

// englishStopWords are words of English that say how a sentence is built rather than what
// it is about, by their kinds. Contractions are as a text has them but for 's, which is
// left out of any word.
const englishStopWords = `
a an the this that these those such each every either neither both all any some no none
other others another same own few many much more most less least several enough

i me my mine myself we us our ours ourselves you your yours yourself yourselves he him
his himself she her hers herself it its itself they them their theirs themselves one
ones someone somebody something anyone anybody anything everyone everybody everything
nobody nothing who whom whose which what whoever whatever whichever

am is are was were be been being do does did doing done have has had having can could
may might must shall should will would ought cannot let

i'm you're we're they're i've you've we've they've i'd you'd he'd she'd we'd they'd i'll
you'll he'll she'll it'll we'll they'll that'll there'll isn't aren't wasn't weren't don't
doesn't didn't haven't hasn't hadn't can't couldn't mayn't mightn't mustn't shan't
shouldn't won't wouldn't needn't ain't who'd who'll who've there'd it'd that'd y'all

of in on at by to for from with without within into onto upon out off over under above
below between among amid through throughout during before after since until till about
against across along around behind beside besides beyond near toward towards up down via
per as than like unlike despite except

and or nor but so yet if unless because while whereas although though whether when
whenever where wherever why how however therefore thus hence else instead

not never ever also too very quite rather just only even still already again once twice
almost perhaps maybe often always sometimes usually here there now then away back well
indeed otherwise moreover meanwhile nevertheless
`

// EnglishStopWords returns the words that are left out of texts unless
// TextOptions.StopWords says others: articles, pronouns, auxiliary verbs, prepositions,
// conjunctions and adverbs of English.
func EnglishStopWords() []string { return strings.Fields(englishStopWords) }
