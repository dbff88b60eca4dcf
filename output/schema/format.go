package schema

import (
	"encoding/base64"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// formats are those that are asserted, each as its Go type reads it, so that
// what is valid can be decoded.
var formats = map[string]func(string) bool{
	"date-time": isDateTime,
	"date":      func(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil },
	"time":      isTime,
	"email":     isEmail,
	"hostname":  isHostname,
	"ipv4":      func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() },
	"ipv6":      func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is6() && a.Zone() == "" },
	"uri": func(s string) bool {
		u, err := url.Parse(s)
		return err == nil && u.IsAbs() && !strings.ContainsAny(s, " \\")
	},
	"uri-reference": func(s string) bool { _, err := url.Parse(s); return err == nil && !strings.ContainsAny(s, " \\") },
	"uuid":          isUUID,
	"regex":         isRegex,
	"json-pointer":  isPointer,
}

// formatWords say what a format wants, for those whose name does not.
var formatWords = map[string]string{
	"date-time":     `a date and time such as "2006-01-02T15:04:05Z"`,
	"date":          `a date such as "2006-01-02"`,
	"time":          `a time such as "15:04:05Z"`,
	"email":         `an email address such as "ann@example.com"`,
	"hostname":      `a host name such as "example.com"`,
	"ipv4":          `an IPv4 address such as "192.0.2.1"`,
	"ipv6":          `an IPv6 address such as "2001:db8::1"`,
	"uri":           `a URI such as "https://example.com/"`,
	"uri-reference": `a URI or a path such as "/a"`,
	"uuid":          `a UUID such as "123e4567-e89b-12d3-a456-426614174000"`,
	"regex":         `a regular expression such as "^a+$"`,
	"json-pointer":  `a JSON pointer such as "/items/0"`,
}

// isDateTime is stricter than package time, which takes a comma before the
// fraction, an hour of one digit and a zone of 99 hours.
func isDateTime(s string) bool {
	const least = len("2006-01-02T15:04:05Z")
	if len(s) < least || s[10] != 'T' || s[13] != ':' || s[19] == ',' || !soundZone(s) {
		return false
	}
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

// soundZone reports whether a time that package time can read ends in Z or in an
// offset of less than a day.
func soundZone(s string) bool {
	return s[len(s)-1] == 'Z' || s[len(s)-5:len(s)-3] < "24"
}

func isTime(s string) bool {
	_, err := time.Parse("15:04:05Z07:00", s)
	if err != nil || len(s) < len("15:04:05Z") || s[2] != ':' || strings.Contains(s, ",") {
		return false
	}
	return soundZone(s)
}

func isEmail(s string) bool {
	if local, domain, ok := strings.Cut(s, "@"); ok && len(s) <= 254 && isPlain(local) && isHostname(domain) && domain[len(domain)-1] != '.' {
		return true
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == "" && len(s) <= 254
}

// isPlain reports whether s is made of letters, digits and single dots inside.
func isPlain(s string) bool {
	for i := range len(s) {
		if !isLetterOrDigit(s[i]) && (s[i] != '.' || i == 0 || i == len(s)-1 || s[i-1] == '.') {
			return false
		}
	}
	return s != ""
}

func isHostname(s string) bool {
	if s = strings.TrimSuffix(s, "."); len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, b := range []byte(label) {
			if !isLetterOrDigit(b) && b != '-' {
				return false
			}
		}
	}
	return true
}

func isLetterOrDigit(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z'
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, b := range []byte(s) {
		switch i {
		case 8, 13, 18, 23:
			if b != '-' {
				return false
			}
		default:
			if !('0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'f') {
				return false
			}
		}
	}
	return true
}

func isRegex(s string) bool {
	if len(s) > maxPattern {
		return false
	}
	_, err := regexp.Compile(s)
	return err == nil
}

func isPointer(s string) bool {
	if s != "" && s[0] != '/' {
		return false
	}
	for i := range len(s) {
		if s[i] == '~' && (i+1 == len(s) || s[i+1] != '0' && s[i+1] != '1') {
			return false
		}
	}
	return true
}

// isBase64 reports whether encoding/json decodes s to bytes.
func isBase64(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil
}
