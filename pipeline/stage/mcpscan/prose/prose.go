// Package prose holds the texts of an item as the analyzers read them: normalised, decoded and split into sentences, once for all of them.
package prose

import (
	"strings"

	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	"dagger/dockyard/pipeline/stage/mcpscan/language"
	"dagger/dockyard/pipeline/stage/mcpscan/text"
)

// MaxEvidence bounds evidence in bytes.
const MaxEvidence = 300

// Field is a field with its normalised text and the sentences of that text. Names have no sentences.
type Field struct {
	fields.Field
	Text      text.Text
	Sentences []language.Sentence
}

// Item is an item with its texts.
type Item struct {
	fields.Item
	Texts []Field
}

// New reads the fields of an item.
func New(it fields.Item) Item {
	out := Item{Item: it, Texts: make([]Field, 0, len(it.Fields))}
	for _, f := range it.Fields {
		p := Field{Field: f, Text: text.Normalise(f.Text)}
		if f.Role != fields.Name && f.Role != fields.ParamName {
			p.Sentences = language.Sentences(p.Text.Plain)
		}
		out.Texts = append(out.Texts, p)
	}
	return out
}

// PlainName is the normalised name of the item.
func (it Item) PlainName() string { return it.plain("name", it.Name) }

// PlainDescription is the normalised description of the item.
func (it Item) PlainDescription() string { return it.plain("description", it.Description) }

func (it Item) plain(path, otherwise string) string {
	for i := range it.Texts {
		if it.Texts[i].Path == path {
			return it.Texts[i].Text.Plain
		}
	}
	return otherwise
}

// Words splits names such as read_file, readFile and read-file, and prose, into lower-case words.
func Words(s string) []string {
	var out []string
	start := -1
	flush := func(end int) {
		if start >= 0 {
			out = append(out, strings.ToLower(s[start:end]))
		}
		start = -1
	}
	lower := false
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 0x7f
		upper := r >= 'A' && r <= 'Z'
		switch {
		case upper && lower:
			flush(i)
			start = i
		case !letter && !upper:
			flush(i)
		case start < 0:
			start = i
		}
		lower = letter
	}
	flush(len(s))
	return out
}

// Clip returns the bounded part of s from start to end on one line.
func Clip(s string, start, end int) string {
	return Line(s[max(0, min(start, len(s))):max(0, min(end, len(s)))])
}

// Line bounds s and puts it on one line.
func Line(s string) string {
	if len(s) > MaxEvidence {
		s = strings.ToValidUTF8(s[:MaxEvidence], "") + "…"
	}
	return strings.Join(strings.Fields(s), " ")
}
