package policy

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write build/policy.schema.json anew")

// published is the folder of the schema and the example.
const published = "../../build"

func TestPublishedSchema(t *testing.T) {
	t.Parallel()
	file := filepath.Join(published, "policy.schema.json")
	if *update {
		if err := os.WriteFile(file, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(Schema()) {
		t.Errorf("%s isn't what the shapes say: go test ./backend/policy -run PublishedSchema -update", file)
	}
}

// TestTypesAreTheShapes: what a shape has, its Go type has, and the reverse.
func TestTypesAreTheShapes(t *testing.T) {
	t.Parallel()
	compare(t, "policy", reflect.TypeFor[Policy](), policyShape)
}

func compare(t *testing.T, where string, typ reflect.Type, s *shape) {
	t.Helper()
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	kinds := map[reflect.Kind]kind{
		reflect.Bool: kindBoolean, reflect.Int: kindNumber, reflect.String: kindText,
		reflect.Slice: kindList, reflect.Struct: kindObject,
	}
	if kinds[typ.Kind()] != s.kind {
		t.Errorf("%s: the type is %s, the shape %s", where, typ, schemaTypes[s.kind])
		return
	}
	if s.kind == kindList {
		compare(t, where+"[]", typ.Elem(), s.item)
	}
	if s.kind != kindObject {
		return
	}
	fields := map[string]reflect.StructField{}
	for f := range typ.Fields() {
		if f.IsExported() {
			name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields[name] = f
			for _, want := range s.fields {
				if want.name == name && want.required == (option == "omitempty") {
					t.Errorf("%s.%s: required in one of shape and type only", where, name)
				}
			}
		}
	}
	for _, f := range s.fields {
		field, known := fields[f.name]
		if !known {
			t.Errorf("%s.%s is in the shape only", where, f.name)
			continue
		}
		delete(fields, f.name)
		compare(t, where+"."+f.name, field.Type, f.shape)
	}
	for name := range fields {
		t.Errorf("%s.%s is in the type only", where, name)
	}
}

// TestExample: the published example is a policy, says something about every
// field, and loses nothing on the way through the types.
func TestExample(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(published, "policy.example.json"))
	if err != nil {
		t.Fatal(err)
	}
	certificate := authorityPEM(t)
	p, findings := Parse(data, func(string) ([]byte, *Finding) { return []byte(certificate), nil })
	if p == nil {
		t.Fatalf("findings:\n%s", lines(findings))
	}
	for i, field := range policyShape.fields {
		if reflect.ValueOf(*p).Field(i).IsZero() {
			t.Errorf("the example says nothing about %s", field.name)
		}
	}
	again, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(again, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("through the types the example becomes\n%s", again)
	}
}
