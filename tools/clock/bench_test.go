package clock

import "testing"

func BenchmarkNow(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Now(b.Context(), NowInput{"Asia/Shanghai"})
	}
}

func BenchmarkDate(b *testing.B) {
	for _, in := range []DateInput{
		{Date: "2026-01-31", Add: "1 month"},
		{Date: "2026-03-29 02:30", Zone: "Europe/Berlin", In: "New York"},
		{Date: "1990-05-15", Until: "2026-03-01"},
		{Zone: "Asia/Shanghia"}, // looks for the nearest name
	} {
		b.Run(in.Date+in.Zone+in.Add+in.Until, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Date(b.Context(), in)
			}
		})
	}
}
