// Package language reads text as sentences of classified words, so that rules can ask what a sentence does (overrides, hides, reads, sends)
// instead of how it is worded. The same classes stand for words of English, Spanish, French, German, Portuguese, Italian, Dutch, Russian,
// Chinese, Japanese and Korean.
package language

// Class is a set of meanings of a word.
type Class uint64

// Meanings.
const (
	Override   Class = 1 << iota // ignore, disregard, forget
	Prior                        // previous, above
	Instr                        // instructions, rules, prompt
	Safety                       // guardrails, policy, safety
	Neg                          // not, never, without
	Tell                         // tell, mention, show
	User                         // user, human, operator
	Hide                         // secretly, conceal
	Addressee                    // assistant, model, agent
	You                          // you, your
	Modal                        // must, always
	Read                         // read, collect, find
	Send                         // send, upload, post
	Fill                         // pass, put, include
	Exfil                        // exfiltrate, steal, leak
	Obey                         // obey, follow, comply
	Execute                      // execute, run
	Destroy                      // delete, wipe
	Path                         // ~/.ssh/id_rsa, .env
	Cred                         // password, API key
	Convo                        // conversation, chat history
	SysPrompt                    // system prompt
	Private                      // private data, personal information
	External                     // remote, webhook, third party
	Attacker                     // attacker, adversary
	ParamRef                     // parameter, argument, field
	Before                       // before, prior to, first
	After                        // after, once, then
	Whenever                     // when, every time, each
	Call                         // call, use, invoke
	ToolNoun                     // tool, function
	Mention                      // detects, example, such as
	Instead                      // instead, replace, reroute
	Any                          // any, all, every, other
	Also                         // also, additionally
	Ident                        // query_database, sendMail
	URL                          // an address with a scheme, or a mail address
	Embedded                     // embedded, contained in
	Approved                     // approved, installed
	Become                       // will, begin, start
	Shell                        // shell, command, arbitrary code
	Confirm                      // confirmation, consent, approval
	Response                     // response, output, answer
	Persona                      // persona, developer mode, jailbreak
	Content                      // contents, file, text
	Pretend                      // act as, pretend
	Defend                       // scanner, audit, guardrail tool
	Tag                          // <IMPORTANT>, [SYSTEM]
	This                         // this, it, these
	Money                        // account, payment, recipient
	Only                         // only, just
	Web                          // page, site, feed, document: what others wrote
	Disclose                     // reveal, disclose, print: giving away, not telling
	Background                   // in the background, automatically
	Possible                     // can, may, could
)

// Form is the grammatical form of a verb; words that are no verbs have None.
type Form uint8

// Forms.
const (
	None  Form = iota
	Base       // imperative or infinitive
	Third      // reads
	Ing        // reading
	Past       // sent
)
