package fetch

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// void reports whether an element has no content and no end.
func void(a atom.Atom) bool {
	switch a {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Frame, atom.Hr, atom.Img, atom.Input, atom.Keygen,
		atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr, atom.Bgsound, atom.Basefont:
		return true
	}
	return false
}

// isBlock reports whether an element stands on lines of its own.
func isBlock(a atom.Atom) bool {
	switch a {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center, atom.Dd, atom.Details,
		atom.Dialog, atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Legend, atom.Li,
		atom.Listing, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.P, atom.Plaintext, atom.Pre, atom.Section, atom.Summary,
		atom.Table, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul, atom.Xmp:
		return true
	}
	return false
}

// tabular reports whether an element is a table or a part of one.
func tabular(a atom.Atom) bool {
	switch a {
	case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Td, atom.Th, atom.Caption:
		return true
	}
	return false
}

// scope reports whether what is in an element cannot end what it is in.
func scope(a atom.Atom) bool {
	switch a {
	case atom.Table, atom.Td, atom.Th, atom.Caption, atom.Html, atom.Template, atom.Object:
		return true
	}
	return false
}

// listScope reports whether the items in an element are not those of the list that it is in.
func listScope(a atom.Atom) bool {
	return isBlock(a) && a != atom.Address && a != atom.Div && a != atom.P && a != atom.Li && a != atom.Dd && a != atom.Dt
}

// heading returns the level of a heading, or 0.
func heading(a atom.Atom) int {
	switch a {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return int(a.String()[1] - '0')
	}
	return 0
}

// hides reports whether a browser would show nothing of an element, or nothing
// that can be read.
func hides(t html.Token) bool {
	switch t.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Iframe, atom.Object, atom.Applet, atom.Canvas, atom.Svg, atom.Audio,
		atom.Video, atom.Select, atom.Datalist, atom.Textarea, atom.Noembed, atom.Noframes, atom.Annotation:
		return true
	case atom.Dialog:
		if !has(t, "open") {
			return true
		}
	case atom.A:
		if permalink(t) {
			return true
		}
	case atom.Html, atom.Body: // hidden until a script has run, or there would be no page
		return false
	}
	for _, a := range t.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "aria-hidden":
			if strings.EqualFold(a.Val, "true") {
				return true
			}
		case "style":
			if styleHides(a.Val) {
				return true
			}
		}
	}
	return false
}

// permalink reports whether a link is the sign beside a heading that leads to the
// heading itself, as the usual generators of documentation make it.
func permalink(t html.Token) bool {
	if !strings.HasPrefix(attr(t, "href"), "#") {
		return false
	}
	for class := range strings.FieldsSeq(attr(t, "class")) {
		switch class {
		case "headerlink", "header-anchor", "hash-link", "anchorjs-link":
			return true
		}
	}
	return false
}

// styleHides reports whether a style attribute makes its element invisible, or
// unreadable: transparent, tiny, or outside of the page.
func styleHides(style string) bool {
	clips, flat := false, false
	for rule := range strings.SplitSeq(strings.ToLower(style), ";") {
		key, value, _ := strings.Cut(rule, ":")
		value, _, _ = strings.Cut(value, "!")
		value = strings.TrimSpace(value)
		n, unit, isLength := length(value)
		switch strings.TrimSpace(key) {
		case "display":
			if value == "none" {
				return true
			}
		case "visibility":
			if value == "hidden" || value == "collapse" {
				return true
			}
		case "color":
			if value == "transparent" && !strings.Contains(style, "background-clip") { // to the letters
				return true
			}
		case "clip":
			if strings.HasPrefix(value, "rect(0") || strings.HasPrefix(value, "rect(1px") {
				return true
			}
		case "opacity":
			if isLength && n < 0.1 && unit == "" || isLength && n < 10 && unit == "%" {
				return true
			}
		case "font-size":
			if isLength && (n < 0.1 || n < 3 && (unit == "px" || unit == "pt")) {
				return true
			}
		case "left", "right", "top", "bottom", "margin-left", "margin-top", "text-indent":
			if isLength && (n <= -500 || n <= -100 && unit != "px" && unit != "%") {
				return true
			}
		case "overflow":
			clips = value == "hidden" || value == "clip"
		case "width", "height", "max-width", "max-height":
			flat = flat || isLength && n <= 1 && (unit == "" || unit == "px")
		}
	}
	return clips && flat
}

// length splits a number from its unit.
func length(value string) (n float64, unit string, ok bool) {
	unit = strings.TrimLeft(value, "+-.0123456789")
	n, err := strconv.ParseFloat(value[:len(value)-len(unit)], 64)
	return n, unit, err == nil
}
