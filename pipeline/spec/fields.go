package spec

import (
	"reflect"
	"strconv"
	"strings"
)

// field is what the tags of one struct field say; see Spec for their meaning.
type field struct {
	name, need, rule, prose, doc, example string
	enum                                  []string
	min, max, items                       int
	index                                 int
	element                               bool // of a list or map: it cannot be left out
}

// fieldsOf lists the fields of a struct type that a file can set, in the order of the type.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		name := tag.Get("yaml")
		if name == "" {
			continue
		}
		f := field{name: name, need: tag.Get("need"), rule: tag.Get("rule"), prose: tag.Get("prose"), doc: tag.Get("doc"), example: tag.Get("example"),
			min: number(tag, "min"), max: number(tag, "max"), items: number(tag, "items"), index: i}
		if list := tag.Get("enum"); list != "" {
			f.enum = strings.Split(list, ",")
		}
		out = append(out, f)
	}
	return out
}

// number reads a numeric tag; absent is 0. TestTags checks that every tag is readable.
func number(tag reflect.StructTag, key string) int {
	n, _ := strconv.Atoi(tag.Get(key))
	return n
}

// item is the field that stands for one element of a list or map.
func (f field) item() field {
	return field{name: f.name, rule: f.rule, max: f.items, element: true}
}

func names(fields []field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}

// legacy are keys that older catalogues have and nothing reads: warnings in lax mode, unknown fields otherwise.
var legacy = map[string]string{
	"provenance.sigstore_url":       "the Sigstore instance follows from the registry",
	"provenance.signer_identity":    "write it as provenance.attestations.publisher",
	"provenance.runner_environment": "verification asks for hosted runners by itself",
	"provenance.cert_issuer":        "it follows from provenance.attestations.publisher.kind",
}
