package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A CV is what somebody has done.
type CV struct {
	Name      string     `json:"name" jsonschema_description:"the name of the person"`
	Email     string     `json:"email,omitempty" jsonschema:"format=email"`
	Phone     string     `json:"phone,omitempty"`
	City      string     `json:"city,omitempty" jsonschema_description:"where the person lives"`
	Jobs      []Job      `json:"jobs" jsonschema_description:"in the order of the text"`
	Education []School   `json:"education" jsonschema_description:"in the order of the text"`
	Skills    []string   `json:"skills"`
	Languages []Language `json:"languages"`
}

// A Job is one of a CV. Months are in the form 2006-01, or 2006 if the text has no
// more.
type Job struct {
	Title   string `json:"title"`
	Company string `json:"company"`
	Start   string `json:"start" jsonschema:"pattern=^[0-9]{4}(-[0-9]{2})?$" jsonschema_description:"the month as in 2019-03, or the year"`
	End     string `json:"end,omitempty" jsonschema:"pattern=^[0-9]{4}(-[0-9]{2})?$" jsonschema_description:"the same, absent if it goes on"`
}

// A School is an entry of the education in a CV.
type School struct {
	Name   string `json:"school"`
	Degree string `json:"degree,omitempty"`
	Field  string `json:"field,omitempty" jsonschema_description:"of study, if the degree does not name it"`
	Start  string `json:"start,omitempty" jsonschema:"pattern=^[0-9]{4}(-[0-9]{2})?$" jsonschema_description:"the month as in 2019-03, or the year"`
	End    string `json:"end,omitempty" jsonschema:"pattern=^[0-9]{4}(-[0-9]{2})?$" jsonschema_description:"the same, absent if it goes on"`
}

// A Language is one that the person of a CV speaks.
type Language struct {
	Name  string `json:"name"`
	Level string `json:"level,omitempty"`
}

// Validate reports a job that ends before it begins.
func (v CV) Validate() error {
	var errs []error
	for i, job := range v.Jobs {
		if n := min(len(job.Start), len(job.End)); job.End[:n] < job.Start[:n] {
			errs = append(errs, fmt.Errorf("jobs[%d] ends (%s) before it starts (%s)", i, job.End, job.Start))
		}
	}
	return errors.Join(errs...)
}

func (v CV) fields() []field {
	jobs := &table{header: []string{"start", "end", "title", "company"}}
	for _, j := range v.Jobs {
		jobs.rows = append(jobs.rows, []string{j.Start, j.End, j.Title, j.Company})
	}
	education := &table{header: []string{"start", "end", "degree", "field", "school"}}
	for _, s := range v.Education {
		education.rows = append(education.rows, []string{s.Start, s.End, s.Degree, s.Field, s.Name})
	}
	return []field{
		{name: "name", value: v.Name}, {name: "email", value: v.Email}, {name: "phone", value: v.Phone}, {name: "city", value: v.City},
		{name: "jobs", table: jobs}, {name: "education", table: education},
		{name: "skills", value: strings.Join(v.Skills, ", ")}, {name: "languages", value: v.spoken()},
	}
}

func (v CV) row() []string {
	last := Job{}
	if len(v.Jobs) > 0 {
		last = v.Jobs[0]
	}
	return []string{v.Name, v.City, strconv.Itoa(len(v.Jobs)), last.Title, last.Company, strconv.Itoa(len(v.Skills)), strconv.Itoa(len(v.Languages))}
}

// cvs is the head of a table of CVs.
var cvs = table{
	header: []string{"name", "city", "jobs", "the first", "at", "skills", "languages"},
	right:  []bool{false, false, true, false, false, true, true},
}

func (v CV) remark() string { return "" }

// spoken returns the languages with their levels.
func (v CV) spoken() string {
	var list []string
	for _, l := range v.Languages {
		if l.Level != "" {
			l.Name += " (" + l.Level + ")"
		}
		list = append(list, l.Name)
	}
	return strings.Join(list, ", ")
}
