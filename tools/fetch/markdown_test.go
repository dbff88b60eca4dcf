package fetch

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// hostile are pages that bring down a converter which has a tree, calls itself,
// pads its tables or looks back.
var hostile = []struct {
	name string
	page func(n int) string // of about n bytes
}{
	{"div", func(n int) string { return strings.Repeat("<div>", n/5) }},
	{"closed div", func(n int) string { return strings.Repeat("<div>", n/11) + "x" + strings.Repeat("</div>", n/11) }},
	{"bold", func(n int) string { return strings.Repeat("<b>x", n/4) }},
	{"bold paragraphs", func(n int) string { return strings.Repeat("<b>x", 300) + strings.Repeat("<p>y", n/4) }},
	{"formatting", func(n int) string { return strings.Repeat("<a href=x><b><i><p>y", n/20) }},
	{"quotes", func(n int) string { return strings.Repeat("<blockquote>", 250) + strings.Repeat("<p>b", n/4) }},
	{"deep quotes", func(n int) string { return strings.Repeat("<blockquote>a", n/13) }},
	{"lists", func(n int) string { return strings.Repeat("<ul><li>a", 120) + strings.Repeat("<li>b", n/5) }},
	{"deep lists", func(n int) string { return strings.Repeat("<ol><li>a", n/9) }},
	{"code in quotes", func(n int) string { return strings.Repeat("<blockquote>", 8) + "<pre>" + strings.Repeat("x\n", n/2) }},
	{"columns", func(n int) string { return "<table><tr>" + strings.Repeat("<td>a", n/5) }},
	{"rows", func(n int) string { return "<table>" + strings.Repeat("<tr><td>a<td>b", n/14) }},
	{"ragged", func(n int) string {
		return "<table><tr>" + strings.Repeat("<td>a", n/10) + strings.Repeat("<tr><td>a", n/18)
	}},
	{"spans", func(n int) string {
		return "<table>" + strings.Repeat("<tr><td colspan=1000 rowspan=1000>a<td>b", n/40)
	}},
	{"tables", func(n int) string { return strings.Repeat("<table><tr><td>a<td>", n/20) }},
	{"ends", func(n int) string {
		return strings.Repeat("<p><span><u>", 80) + "<table>" + strings.Repeat("</p></u></span>", n/15)
	}},
	{"unknown ends", func(n int) string { return strings.Repeat("<x-a>", 250) + strings.Repeat("</x-b>", n/6) }},
	{"links", func(n int) string {
		return "<base href=https://example.com/" + strings.Repeat("a", 2000) + "/>" + strings.Repeat("<a href=x>y</a>", n/15)
	}},
	{"card", func(n int) string {
		return "<a href=https://example.com/" + strings.Repeat("a", 2000) + ">" + strings.Repeat("<p>x", n/4)
	}},
	{"long base", func(n int) string {
		return "<base href=https://example.com/" + strings.Repeat("a/", n/4) + ">" + strings.Repeat("<a href=x>y</a>", n/30)
	}},
	{"pieces", func(n int) string { return strings.Repeat("a<i></i>", n/8) }},
	{"style", func(n int) string { return "<p style='" + strings.Repeat("a:1;", n/4) + "'>x" }},
	{"brackets", func(n int) string { return strings.Repeat("[", n) }},
	{"ticks", func(n int) string { return "<pre>" + strings.Repeat("`", n) }},
	{"code", func(n int) string { return strings.Repeat("<code>`</code>", n/14) }},
	{"stars", func(n int) string { return strings.Repeat("*_", n/2) }},
	{"entities", func(n int) string { return strings.Repeat("&amp;#", n/6) }},
	{"breaks", func(n int) string { return strings.Repeat("<br>x", n/5) }},
	{"hidden", func(n int) string { return strings.Repeat("<i hidden>", n/10) }},
	{"comments", func(n int) string { return strings.Repeat("a<!-- -->", n/9) }},
	{"open comments", func(n int) string { return strings.Repeat("<!--", n/4) }},
	{"markup", func(n int) string { return strings.Repeat("a <![CDATA[ <? <!x", n/18) }},
	{"attributes", func(n int) string { return "<p" + strings.Repeat(" a=b", n/5) + ">x" }},
	{"scripts", func(n int) string { return "<script>" + strings.Repeat("<!--<script", n/11) }},
	{"titles", func(n int) string { return strings.Repeat("<title>x</title>", n/16) }},
	{"pre in pre", func(n int) string { return strings.Repeat("<pre><div>x", n/11) }},
	{"zero bytes", func(n int) string { return strings.Repeat("\x00", n) }},
	{"bad bytes", func(n int) string { return strings.Repeat("a\xff", n/2) }},
}

// TestHostile converts long pages. What is not linear takes minutes for them;
// the benchmark has the figures.
func TestHostile(t *testing.T) {
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			page := tt.page(1 << 18)
			got := Markdown([]byte(page), "https://example.com/")
			checkBounds(t, page, got)
		})
	}
}

func checkBounds(t *testing.T, page, got string) {
	t.Helper()
	if len(got) > 4*len(page)+4<<10 {
		t.Errorf("%d bytes became %d", len(page), len(got))
	}
	if !utf8.ValidString(got) {
		t.Error("the result is not UTF-8")
	}
}

// TestMillionTags opens a million elements, which is fatal to what calls itself
// for each.
func TestMillionTags(t *testing.T) {
	page := strings.Repeat("<div>", 1e6) + "found" + strings.Repeat("</div>", 1e6)
	if got := Markdown([]byte(page), ""); got != "found" {
		t.Errorf("%.100q", got)
	}
}

func TestMarkdown(t *testing.T) {
	for _, tt := range []struct{ name, page, want string }{
		{"empty", "", ""},
		{"text", "just text", "just text"},
		{"spaces", " \n a \t b\r\n", "a b"},
		{"relative link without base", `<a href="/x">y</a>`, "y"},
		{"absolute link without base", `<a href="https://example.com/x">y</a>`, "[y](https://example.com/x)"},
		{"link without text", `a <a href="https://example.com/x"> <b></b></a> b`, "a b"},
		{"link that breaks out", `<a href="https://example.com/)[x](y">z</a>`, "[z](https://example.com/%29[x]%28y)"},
		{"link with lines", "<a href='https://example.com/a\nb'>y</a>", "y"},
		{"long link", `<a href="https://example.com/` + strings.Repeat("a", 3000) + `">y</a>`, "y"},
		{"link around a heading", `<a href="https://example.com"><h2>T</h2><p>teaser</p></a>`, "## [T](https://example.com)\n\nteaser"},
		{"space around marks", "a<b> b </b>c", "a **b** c"},
		{"mark over blocks", "<b>a<p>b</p></b>c", "**a**\n\n**b**\n\nc"},
		{"mark ended in a block", "<b>a<p>b</b>c</p>d", "**a**\n\n**b**c\n\nd"},
		{"hidden is not ended in a block", "<span hidden>a<p>b</span>c</p>d</span>e", "e"},
		{"mark not ended in a cell", "<b>a<table><tr><td>b</b>c<td>d</table>e", "**a**\n\n| **bc** | **d** |\n| --- | --- |\n\n**e**"},
		{"table not ended by a cell of another", "<table><tr><td>a<table><tr></td><td>b</table>c<td>d</table>", "a\n\nb\n\nc d"},
		{"cell without table", "<tr><td>a<td>b", "a b"},
		{"code in code", "<code>a <kbd>b</kbd></code>", "`a b`"},
		{"picture in code", "<pre>a <img alt=b src=c></pre>", "```\na b\n```"},
		{"picture in a link", "<a href='https://example.com'>a <img alt=b src='https://example.com/c'></a>", "[a b](https://example.com)"},
		{"rule in a cell", "<table><tr><td>a<hr>b<td>c</table>", "| a<br>b | c |\n| --- | --- |"},
		{"heading by heading", "<h2>a</h3>b", "## a\n\nb"},
		{"nested marks of a kind", "<b>a <strong>b</strong> c</b>", "**a b c**"},
		{"broken off tag", "a <b", "a"},
		{"broken off comment", "a <!-- b", "a"},
		{"deep mark", strings.Repeat("<div>", 300) + "<b>a</b>b", "ab"},
		{"deep quotes", strings.Repeat("<blockquote>", 20) + "a", strings.Repeat("> ", maxBoxes) + "a"},
		{"wide cell", "<table><tr><td colspan=1000>a<td>b</table>", "| a |" + strings.Repeat(" |", maxSpan-1) + " b |\n|" + strings.Repeat(" --- |", maxSpan+1)},
		{"text between marks", "<b>a</b>b<b>c</b>", "**a**b**c**"},
		{"backslash in a cell", "<table><tr><td><p>a\\<p>b<td>c\\</table>", "| a\\\\<br>b | c\\\\ |\n| --- | --- |"},
		{"permalink", "<h2>a<a class='x headerlink' href='#a'>¶</a></h2>", "## a"},
		{"buttons", "<button>a</button><button>b</button>c", "a b c"},
		{"hidden table", "<div hidden><table><tr><td><h2>a</h2><td>b</table></div><table><tr><td>c<td>d</table>", "| c | d |\n| --- | --- |"},
		{"hidden table before layout", "<div hidden><table><tr><td>a<td>b</table></div><table><tr><td><h2>c</h2><td>d</table>", "## c\n\nd"},
		{"link of pieces", "[x]<!-- -->(javascript:alert)", "[x\\](javascript:alert)"},
		{"definition", "[x]: https://example.com ![x] and [y]<b></b>: z", "[x\\]: https://example.com ![x] and [y\\]: z"},
		{"tag of pieces", "&lt;<!-- -->script> a <", "\\<script> a <"},
		{"entity of pieces", "&amp;<!-- -->l<i></i>t; R&amp;D", "\\&lt; R&D"},
		{"list of pieces", "<p>1<!-- -->. a<p>2<b></b>) b", "1\\. a\n\n2\\) b"},
		{"strike of pieces", "~<i></i>~a", "\\~\\~a"},
		{"backslash before a mark", "\\<b>a</b> \\<a href='https://example.com'>b</a>", "\\\\**a** \\\\[b](https://example.com)"},
		{"mark before a link", "a!<a href='https://example.com'>b</a>", "a\\![b](https://example.com)"},
		{"code in a heading", "<h2>a<pre>b</pre></h2>c", "## a\n\n```\nb\n```\n\nc"},
		{"code in a definition", "<dl><dt>a<dd><pre>b</pre></dl>", "a\n\n- ```\n  b\n  ```"},
		{"signs in a heading", "<h2># C # ##</h2>", "## \\# C \\# \\##"},
		{"line below a head", "<p>a<br>-: :-<p>b<br>|-", "a  \n\\-: :-\n\nb  \n\\|-"},
		{"backslash at an end", "<p>a\\<br>b\\ c\\", "a\\\\  \nb\\\\ c\\\\"},
		{"codes side by side", "<code>a</code><code>b</code>c", "`a` `b`c"},
		{"long ticks", "<pre>" + strings.Repeat("`", 100) + "\na</pre>", strings.Repeat("`", 101) + "\n" + strings.Repeat("`", 100) + "\na\n" + strings.Repeat("`", 101)},
		{"long ticks in a line", "<code>a" + strings.Repeat("`", 100) + "b</code>", strings.Repeat("`", 101) + "a" + strings.Repeat("`", 100) + "b" + strings.Repeat("`", 101)},
		{"blank line of code in a quote", "<blockquote><pre>a\n\nb</pre></blockquote>", "> ```\n> a\n>\n> b\n> ```"},
		{"unseen in a link", "<a href='https://example.com/?a\u2028\u202eb\u00e4'>y</a>", "[y](https://example.com/?a%E2%80%A8%E2%80%AEbä)"},
		{"runs of joiners", "a\u200cb\u200d\u200cé\u200d\u200c\u200dé\ufe0f\u200d\ufe0f\u200dé", "abé\u200dé\ufe0f\u200dé"},
		{"joiners at work", "❤️\u200d🔥 1\ufe0f\u20e3 می\u200cخواهم", "❤️\u200d🔥 1\ufe0f\u20e3 می\u200cخواهم"},
		{"hidden body", "<html style='opacity:0'><body hidden>a", "a"},
		{"upper case", "<P>a<BR>b<SCRIPT>c</SCRIPT>", "a  \nb"},
		{"two breaks", "a<br><br>b", "a\n\nb"},
		{"heading of lines", "<h1>a\nb<br>c</h1>", "# a b c"},
		{"heading in heading", "<h1>a<h2>b</h2>", "# a\n\n## b"},
		{"empty heading", "<h1></h1>a", "a"},
		{"nested hidden", "<div hidden><div>a</div>b</div>c", "c"},
		{"hidden to its end", "<p hidden>a<p>b", "b"},
		{"visibility", `<i style="visibility:hidden">a</i><i style="opacity: 0">b</i><i style="font-size:0px">c</i><i style="opacity:0.5">d</i>`, "*d*"},
		{"closed dialog", "<dialog>a</dialog><dialog open>b</dialog>", "b"},
		{"deep hidden", strings.Repeat("<div>", 300) + "a<p hidden>b<i>b</i></p>c<script>d</script>e", "a\n\nce"},
		{"plain text to the end", "<plaintext><b>a", "```\n<b>a\n```"},
		{"second title", "<title>a</title>b<title>c</title>", "b"},
		{"tag characters", "a\U000E0069\U000E0067b", "ab"},
		{"control", "a\x1b[31mb\x07", "a[31mb"},
		{"null", "a\x00b", "ab"},
		{"bad UTF-8", "a\xffb", "a\uFFFDb"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Markdown([]byte(tt.page), ""); got != tt.want {
				t.Errorf("%.300q\nbecame %q\nwant   %q", tt.page, got, tt.want)
			}
		})
	}
}

func TestLongBase(t *testing.T) {
	page := "<base href=https://other.example/" + strings.Repeat("a", 3000) + "><a href=/x>y</a>"
	if got := Markdown([]byte(page), "https://example.com/"); got != "[y](https://example.com/x)" {
		t.Error(got)
	}
}

func TestStyleHides(t *testing.T) {
	for _, tt := range []struct {
		style string
		want  bool
	}{
		{"display: none", true}, {"DISPLAY:NONE !important", true}, {"visibility:collapse", true}, {"opacity:.0", true}, {"opacity: 5%", true},
		{"font-size:1px", true}, {"font-size:0.0em", true}, {"color:transparent", true}, {"position:absolute;left:-9999px", true},
		{"text-indent:-999em", true}, {"height:0;overflow:hidden", true}, {"overflow:hidden;width:1px;height:1px", true},
		{"clip:rect(0,0,0,0)", true}, {"position:absolute; top: -1000px", true},
		{"", false}, {"display:block", false}, {"opacity:0.5", false}, {"opacity:50%", false}, {"font-size:0.8em", false}, {"font-size:12px", false},
		{"color:#fff", false}, {"background-clip:text;color:transparent", false}, {"left:-10px", false}, {"left:-100%", false},
		{"margin-left:-15px", false}, {"height:0", false}, {"overflow:hidden", false}, {"overflow:hidden;width:100%", false}, {"overflow:hidden;height:auto", false},
	} {
		if got := styleHides(tt.style); got != tt.want {
			t.Errorf("%q: %v", tt.style, got)
		}
	}
}

func TestMainPart(t *testing.T) {
	base, _ := url.Parse("https://example.com/")
	for _, tt := range []struct{ page, want string }{
		{"<nav>n</nav><main>m</main><footer>f</footer>", "m"},
		{"<nav>n</nav><article>a</article><footer>f</footer>", "a"},
		{"<nav>n</nav><article>a</article><article>b</article>", "n\n\na\n\nb"},
		{"<nav>n</nav><main><article>a</article>m<p hidden>h</p></main>f", "a\n\nm"},
		{"<nav>n</nav>f", "n\n\nf"},
		{"<nav>n</nav><div role=main>m<div>d</div></div>f", "m\n\nd"},
	} {
		c := newConverter([]byte("<title>t</title>"+tt.page), base, true, false)
		c.run(func() bool { return false })
		if got := string(c.w.out); got != tt.want || c.title != "t" {
			t.Errorf("%s: %q (%q), want %q", tt.page, got, c.title, tt.want)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	pages, _ := filepath.Glob("testdata/*.html")
	for _, name := range pages {
		page, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(page)
	}
	for _, h := range hostile {
		f.Add([]byte(h.page(500)))
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		got := Markdown(page, "https://example.com/dir/page")
		checkBounds(t, string(page), got)
		if Markdown(page, "https://example.com/dir/page") != got {
			t.Error("the same page becomes something else")
		}
		for _, r := range got {
			if r != '\n' && r != '\t' && isHidden(r) {
				t.Errorf("%U is shown", r)
			}
		}
	})
}

func BenchmarkMarkdown(b *testing.B) {
	article, err := os.ReadFile("testdata/article.html")
	if err != nil {
		b.Fatal(err)
	}
	page := []byte(strings.Repeat(string(article), 100))
	b.Run("article", func(b *testing.B) {
		b.SetBytes(int64(len(page)))
		b.ReportAllocs()
		for b.Loop() {
			Markdown(page, "https://example.com/")
		}
	})
	for _, h := range hostile {
		b.Run("hostile "+h.name, func(b *testing.B) {
			page := []byte(h.page(1 << 20))
			b.SetBytes(int64(len(page)))
			for b.Loop() {
				Markdown(page, "https://example.com/")
			}
		})
	}
}
