package hadal_test

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors says which package may import which: one of a lower floor, never one
// of its own. A pattern that ends in /* stands for the packages right below.
// Packages that are not written yet have their place already.
var floors = [][]string{
	0: {".", "output/gate", "chain/trace", "tools/egress", "internal/lockfile", "internal/probe"},
	1: {"llm", "chain", "output/schema"},
	2: {"chain/prompt", "llm/token", "llm/cost", "llm/load", "llm/guard", "llm/llmtest", "llm/deepseek/internal/wire", "output/repair", "internal/linefile"},
	3: {"llm/deepseek", "llm/deepseek/encoding", "llm/cache", "output", "tools", "chain/prompt/*"},
	4: {"llm/deepseek/deepseektest", "llm/cache/*", "memory", "tools/*"},
	5: {"chain/agent", "memory/memorytest"},
	6: {"memory/*", "chain/agent/agenttest", "llm/langchaingo", "examples/internal/*"},
	7: {"examples/*"},
}

// forTests are the packages that a test may import whatever its floor.
var forTests = []string{"llm/llmtest", "llm/deepseek/deepseektest", "memory/memorytest", "chain/agent/agenttest"}

// thirdParty says which packages may import which other modules.
var thirdParty = map[string][]string{
	"github.com/invopop/jsonschema":            {"output/schema"},
	"github.com/santhosh-tekuri/jsonschema/v5": {"output/schema"},
	"github.com/kaptinlin/jsonrepair":          {"output/repair"},
	"github.com/RealAlexandreAI/json-repair":   {"output/repair"},
	"github.com/joho/godotenv":                 {"examples/*", "examples/internal/*"},
	"github.com/tmc/langchaingo":               {"llm/langchaingo"},
	"go.yaml.in/yaml/v3":                       {"chain/prompt/promptfile"},
	"github.com/nikolalohinski/gonja/v2":       {"chain/prompt/jinja"},
	"golang.org/x/net":                         {"tools/fetch"},
	"modernc.org/sqlite":                       {"tools/sqlquery"}, // for its tests
}

// plain are the packages that never import another module, so that whoever
// builds on them gets nothing else.
var plain = []string{".", "output/gate", "chain/trace", "tools/egress", "llm", "chain", "chain/prompt"}

// floorOf returns the floor of a package, or -1 if it has none.
func floorOf(pkg string) int {
	for _, pattern := range []string{pkg, path.Dir(pkg) + "/*"} {
		for i, floor := range floors {
			if slices.Contains(floor, pattern) {
				return i
			}
		}
	}
	return -1
}

func TestFloors(t *testing.T) {
	list := sources(t)
	for _, pkg := range packages(list) {
		if floorOf(pkg) < 0 {
			t.Errorf("package %s has no floor: give it one in floors_test.go", pkg)
		}
	}
	for _, s := range list {
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if broken := importRule(s.dir(), imported, s.isTest()); broken != "" {
				t.Errorf("%s: %s", s.line(spec.Pos()), broken)
			}
		}
	}
}

// importRule returns which rule it breaks that pkg imports imported, or "".
func importRule(pkg, imported string, test bool) string {
	below, inside := strings.CutPrefix(imported+"/", module+"/")
	below = strings.TrimSuffix(below, "/")
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case inside && below == "":
		return "nothing imports the root, which holds no code"
	case inside && test && (below == pkg || slices.Contains(forTests, below)):
		return ""
	case inside && test && floorOf(below) == floorOf(pkg): // a sibling is there to be tested with
		return ""
	case inside && floorOf(below) >= floorOf(pkg):
		return pkg + " of floor " + strconv.Itoa(floorOf(pkg)) + " imports " + below + " of floor " + strconv.Itoa(floorOf(below))
	case inside, !strings.Contains(first, "."):
		return ""
	case slices.Contains(plain, pkg):
		return pkg + " imports " + imported + ", but no other module may be imported there"
	}
	for mod, pkgs := range thirdParty {
		if imported == mod || strings.HasPrefix(imported, mod+"/") {
			if slices.Contains(pkgs, pkg) || slices.Contains(pkgs, path.Dir(pkg)+"/*") {
				return ""
			}
			return pkg + " imports " + imported + ", which is for " + strings.Join(pkgs, " and ") + " alone"
		}
	}
	return pkg + " imports " + imported + ", a module that has no entry in thirdParty"
}

// TestImportRule shows that the rules catch what they are for.
func TestImportRule(t *testing.T) {
	for _, tt := range []struct {
		pkg, imported string
		test, ok      bool
	}{
		{"llm", "context", false, true},
		{"llm", module + "/chain/trace", false, true},
		{"llm", module + "/chain", false, false},            // a sibling
		{"output", module + "/llm/deepseek", false, false},  // another
		{"output", module + "/llm/deepseek", true, true},    // but for tests
		{"llm", module + "/llm/deepseek", false, false},     // higher
		{"llm", module + "/llm/deepseek", true, false},      // higher, in a test too
		{"llm", module + "/llm/llmtest", false, false},      // higher
		{"llm", module + "/llm/llmtest", true, true},        // but for tests
		{"llm", module + "/llm", true, true},                // a test beside its package
		{"llm", module + "/llm/unknown/deep", false, true},  // found missing on its own
		{"llm", module, true, false},                        // the root
		{"llm", "github.com/joho/godotenv", false, false},   // not there
		{"tools", "github.com/joho/godotenv", false, false}, // nor there
		{"tools", "example.org/unheard/of", false, false},   // not at all
		{"examples/chat", "github.com/joho/godotenv", false, true},
		{"examples/internal/demo", "github.com/joho/godotenv", false, true},
		{"examples/chat", module + "/examples/internal/demo", false, true},
		{"examples/chat", module + "/examples/quickstart", false, false},
		{"memory/sqlite", module + "/memory", false, true},
		{"memory/sqlite", module + "/memory/redis", false, false},
		{"memory/memorytest", module + "/memory/sqlite", false, false},
	} {
		if broken := importRule(tt.pkg, tt.imported, tt.test); (broken == "") != tt.ok {
			t.Errorf("%s imports %s (in a test: %v): %q, want ok = %v", tt.pkg, tt.imported, tt.test, broken, tt.ok)
		}
	}
}

// TestFloorTable holds that each package stands in the table once.
func TestFloorTable(t *testing.T) {
	seen := map[string]int{}
	for i, floor := range floors {
		for _, pkg := range floor {
			if j, ok := seen[pkg]; ok {
				t.Errorf("%s is on floor %d and on floor %d", pkg, j, i)
			}
			seen[pkg] = i
		}
	}
	for mod, pkgs := range thirdParty {
		for _, pkg := range plain {
			if slices.Contains(pkgs, pkg) {
				t.Errorf("%s may import %s, though it is to import no other module", pkg, mod)
			}
		}
	}
}
