package policy

import (
	"bytes"
	"encoding/json"
)

// schemaID names the schema. It is an identifier and needn't be reachable.
const schemaID = "urn:waxwing:policy:1"

// Schema returns the JSON Schema (2020-12) of policies.
func Schema() []byte {
	document := policyShape.schema()
	document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	document["$id"] = schemaID
	document["title"] = "Waxwing policy"
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(document) // maps, texts and numbers
	return b.Bytes()
}

var schemaTypes = map[kind]string{
	kindBoolean: "boolean", kindNumber: "integer", kindText: "string", kindList: "array", kindObject: "object",
}

// schema returns a shape as JSON Schema writes it.
func (s *shape) schema() map[string]any {
	out := map[string]any{"type": schemaTypes[s.kind], "description": s.doc}
	switch s.kind {
	case kindNumber:
		out["minimum"], out["maximum"] = s.min, s.max
	case kindText:
		if s.choices != nil {
			out["enum"] = s.choices
			break
		}
		out["minLength"], out["maxLength"] = 1, s.max
		if s.format != nil {
			out["pattern"] = s.format.pattern.String()
		}
	case kindList:
		out["minItems"], out["maxItems"], out["items"] = s.min, s.max, s.item.schema()
	case kindObject:
		properties, required := map[string]any{}, []string{}
		for _, f := range s.fields {
			properties[f.name] = f.shape.schema()
			if f.required {
				required = append(required, f.name)
			}
		}
		out["additionalProperties"], out["properties"], out["required"] = false, properties, required
	}
	return out
}
