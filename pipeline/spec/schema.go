package spec

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// schema is the part of JSON Schema (draft 2020-12) that describes the types of spec.go.
type schema struct {
	Schema               string             `json:"$schema,omitempty"`
	Title                string             `json:"title,omitempty"`
	Description          string             `json:"description,omitempty"`
	Type                 string             `json:"type,omitempty"`
	Const                any                `json:"const,omitempty"`
	Enum                 []string           `json:"enum,omitempty"`
	Pattern              string             `json:"pattern,omitempty"`
	MinLength            int                `json:"minLength,omitempty"`
	MaxLength            int                `json:"maxLength,omitempty"`
	Items                *schema            `json:"items,omitempty"`
	MaxItems             *int               `json:"maxItems,omitempty"`
	Required             []string           `json:"required,omitempty"`
	Properties           map[string]*schema `json:"properties,omitempty"`
	PropertyNames        *schema            `json:"propertyNames,omitempty"`
	MaxProperties        int                `json:"maxProperties,omitempty"`
	AdditionalProperties any                `json:"additionalProperties,omitempty"` // a schema, or closed
	Examples             []string           `json:"examples,omitempty"`
	AnyOf                []*schema          `json:"anyOf,omitempty"`
	AllOf                []*schema          `json:"allOf,omitempty"`
	If                   *schema            `json:"if,omitempty"`
	Then                 *schema            `json:"then,omitempty"`
}

// closed is the schema "false" that refuses everything.
var closed = json.RawMessage("false")

// Schema is the JSON Schema of a strict spec.yaml, for editors and other tools. It is made from the types in spec.go and accepts every file
// that Parse accepts; checks that compare fields or look at the folder are Parse's alone.
func Schema() []byte {
	s := typeSchema(reflect.TypeFor[Spec]())
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "Dockyard server specification"
	for _, protocol := range []Protocol{NPX, UVX, Go} {
		s.AllOf = append(s.AllOf, protocolSchema(protocol))
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		panic(err) // plain structs, maps and strings always encode
	}
	return out.Bytes()
}

func typeSchema(t reflect.Type) *schema {
	s := &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: closed}
	for _, f := range fieldsOf(t) {
		p := valueSchema(t.Field(f.index).Type, f)
		p.Description = f.doc
		if f.example != "" {
			p.Examples = []string{f.example}
		}
		s.Properties[f.name] = p
		if f.need != "" {
			s.Required = append(s.Required, f.name)
		}
	}
	return s
}

func valueSchema(t reflect.Type, f field) *schema {
	switch t.Kind() {
	case reflect.Pointer:
		s := typeSchema(t.Elem())
		if t == reflect.TypeFor[*InsecureIgnore]() {
			return &schema{AnyOf: []*schema{s, s.Properties["reason"]}}
		}
		return s
	case reflect.Struct:
		return typeSchema(t)
	case reflect.Slice:
		return &schema{Type: "array", Items: valueSchema(t.Elem(), f.item()), MaxItems: &f.max}
	case reflect.Map:
		return &schema{Type: "object", PropertyNames: textSchema(field{rule: f.rule}), MaxProperties: f.max,
			AdditionalProperties: textSchema(field{max: f.items})}
	case reflect.Bool:
		return &schema{Type: "boolean"}
	}
	return textSchema(f)
}

func textSchema(f field) *schema {
	s := &schema{Type: "string", Enum: f.enum, MinLength: f.min, MaxLength: f.max}
	if f.need != "" {
		s.MinLength = max(s.MinLength, 1)
	}
	if r, ok := rules[f.rule]; ok {
		s.Pattern = r.pattern.String()
	}
	return s
}

// protocolSchema says what one protocol asks of package and version, and which lists stay empty with it.
func protocolSchema(p Protocol) *schema {
	e := ecosystems[p]
	then := map[string]*schema{
		"package": {Pattern: rules[e.name].pattern.String()},
		"version": {Pattern: rules[e.version].pattern.String()},
	}
	then["overrides"] = &schema{MaxItems: new(int)}
	if e.dependency != "" {
		then["overrides"] = &schema{Items: &schema{Properties: map[string]*schema{
			"package": {Pattern: rules[e.dependency].pattern.String()}, "version": {Pattern: rules[e.override].pattern.String()}}}}
	}
	if p != UVX {
		then["constraints"] = &schema{MaxItems: new(int)}
		then["source_distributions"] = &schema{MaxItems: new(int)}
	}
	isProtocol := &schema{Required: []string{"metadata"}, Properties: map[string]*schema{
		"metadata": {Required: []string{"protocol"}, Properties: map[string]*schema{"protocol": {Const: string(p)}}}}}
	return &schema{If: isProtocol, Then: &schema{Properties: map[string]*schema{"spec": {Properties: then}}}}
}
