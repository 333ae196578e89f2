// Package cooldown reads how old a release must be before a lock takes it.
package cooldown

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

const (
	day = 24 * time.Hour

	// Default is the age that is asked for when nothing else is said: most malicious releases are found and withdrawn sooner.
	Default = 7 * day

	// Max bounds an age: more is a slip of the finger.
	Max = 3650 * day
)

// Cutoff is the time after which nothing may have been published, in UTC: before, if it is given (RFC 3339, or a day, whose midnight it is), else
// minAge before now. minAge is a number of days ("7", "7d") or a duration of package time ("168h"); empty is Default. An age of whole days ends
// at a midnight, so that locks made on one day agree; others end at a whole second.
func Cutoff(before, minAge string, now time.Time) (time.Time, error) {
	if before != "" {
		return at(before)
	}
	age := Default
	if minAge != "" {
		var err error
		if age, err = parse(minAge); err != nil {
			return time.Time{}, err
		}
	}
	unit := time.Second
	if age > 0 && age%day == 0 {
		unit = day
	}
	return now.UTC().Add(-age).Truncate(unit), nil
}

func at(before string) (time.Time, error) {
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, before); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("reading --before: got %q, want a time such as 2026-11-17T00:00:00Z or a day such as 2026-11-17", before)
}

var days = regexp.MustCompile(`^([0-9]{1,6})d?$`)

func parse(text string) (time.Duration, error) {
	const want = "want days such as 7d, or hours such as 168h"
	var age time.Duration
	if m := days.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return 0, fmt.Errorf("reading --min-age: %w", err)
		}
		age = time.Duration(n) * day
	} else {
		d, err := time.ParseDuration(text)
		if err != nil {
			return 0, fmt.Errorf("reading --min-age: got %q, %s", text, want)
		}
		age = d
	}
	if age < 0 || age > Max {
		return 0, fmt.Errorf("reading --min-age: got %q, want an age from 0 to %d days", text, Max/day)
	}
	return age, nil
}
