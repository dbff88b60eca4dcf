package demo

import (
	"context"
	"crypto/tls"
	"errors"

	"github.com/hadal-go/hadal/llm"
)

// Advice returns what the user can do about an error of a request, in a sentence
// without its full stop, or "" if there is nothing to say.
func Advice(err error) string {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "check the date of this machine; if a proxy opens what is encrypted, add its certificate to those that the system trusts"
	}
	for _, a := range advice {
		if errors.Is(err, a.err) {
			return a.text
		}
	}
	return ""
}

// advice is in order: an error may be several of these, and the first says most.
var advice = []struct {
	err  error
	text string
}{
	{context.Canceled, ""},
	{llm.ErrAuth, "make a key at https://platform.deepseek.com/api_keys and set DEEPSEEK_API_KEY to it, in the environment or in a file .env"},
	{llm.ErrBalance, "top up the account at https://platform.deepseek.com/top_up"},
	{llm.ErrForbidden, "the key may not do this: ask whoever runs the account, or the gateway at DEEPSEEK_BASE_URL"},
	{llm.ErrFiltered, "DeepSeek does not answer this: send another text"},
	{llm.ErrTooLong, "send less text"},
	{llm.ErrTooLarge, "send less at once"},
	{llm.ErrRateLimit, "wait a minute, and send fewer requests at once"},
	{llm.ErrOverload, "DeepSeek is busy: try again later, and see https://status.deepseek.com"},
	{llm.ErrStalled, "try again; if it stays slow, look at the network, and at https://status.deepseek.com"},
	{llm.ErrTruncated, "try again; if it keeps breaking off, look for a proxy that ends long connections"},
	{llm.ErrProtocol, "what answers is not DeepSeek: check DEEPSEEK_BASE_URL, and whether the network wants a sign-in first"},
	{llm.ErrInvalid, "check DEEPSEEK_BASE_URL and DEEPSEEK_MODEL"},
	{llm.ErrUnavailable, "check the network, the proxy and DEEPSEEK_BASE_URL, and see https://status.deepseek.com"},
	{context.DeadlineExceeded, "allow it more time; if it stays silent, check the proxy and DEEPSEEK_BASE_URL, and see https://status.deepseek.com"},
}
