package sqlquery

import "slices"

// The functions that a statement may call: those that return a value of what
// they are given, or what time it is. What reads files, sleeps, locks, reaches
// other servers, changes sequences or settings, or runs SQL from a string is not
// here, nor what makes a value of any size of nothing, and a database may get
// more of these with each version: so this is a list of what is allowed.
var (
	common = setOf(`abs acos asin atan atan2 avg cast ceil ceiling coalesce concat concat_ws cos cot count
		cume_dist degrees dense_rank exp extract first_value floor greatest group_concat ifnull instr lag
		last_value lead least left length ln log log10 log2 lower lpad ltrim max min mod nth_value ntile nullif
		octet_length percent_rank pi position pow power radians rank replace reverse right round row_number
		rpad rtrim sign sin sqrt stddev stddev_pop stddev_samp string_agg substr substring sum tan trim trunc
		upper var_pop var_samp variance`)

	sqliteOnly = setOf(`acosh asinh atanh bm25 char cosh date datetime format glob hex highlight if iif json
		json_array json_array_length json_each json_error_position json_extract json_group_array
		json_group_object json_insert json_object json_patch json_pretty json_quote json_remove json_replace
		json_set json_tree json_type json_valid jsonb jsonb_array jsonb_extract jsonb_group_array
		jsonb_group_object jsonb_object julianday like likelihood likely median percentile percentile_cont
		percentile_disc printf quote random regexp sinh snippet soundex strftime tanh time timediff total
		typeof unhex unicode unixepoch unlikely`)

	postgresOnly = setOf(`acosd age any_value array_agg array_append array_cat array_dims array_length
		array_lower array_ndims array_position array_positions array_prepend array_remove array_replace
		array_to_json array_to_string array_upper ascii asinh acosh atanh atan2d bit_and bit_count bit_length
		bit_or bool_and bool_or btrim cardinality cbrt char_length character_length chr clock_timestamp corr
		cosh covar_pop covar_samp current_database current_schema date date_bin date_part date_trunc
		decode div encode erf every factorial format gcd generate_series generate_subscripts grouping
		initcap isempty isfinite json_agg json_array_elements json_array_elements_text json_array_length
		json_build_array json_build_object json_each json_each_text json_extract_path json_extract_path_text
		json_object json_object_agg json_object_keys json_to_record json_to_recordset json_typeof
		jsonb_agg jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array
		jsonb_build_object jsonb_each jsonb_each_text jsonb_exists jsonb_extract_path
		jsonb_extract_path_text jsonb_object jsonb_object_agg jsonb_object_keys jsonb_path_exists
		jsonb_path_match jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_pretty
		jsonb_set jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof justify_days
		justify_hours justify_interval lcm lower_inc make_date make_interval make_time make_timestamp
		make_timestamptz md5 mode normalize now num_nonnulls num_nulls overlay percentile_cont
		percentile_disc pg_typeof phraseto_tsquery plainto_tsquery quote_ident quote_literal random range_agg
		range_merge regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace
		regexp_split_to_array regexp_split_to_table regexp_substr regr_avgx regr_avgy regr_count
		regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy row_to_json scale sha256 similarity sinh
		split_part starts_with statement_timestamp strict_word_similarity string_to_array string_to_table strpos
		tanh timezone to_char to_date to_hex to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector
		transaction_timestamp translate ts_headline ts_rank ts_rank_cd tstzrange tsrange daterange unaccent
		unnest upper_inc websearch_to_tsquery width_bucket word_similarity`)

	mysqlOnly = setOf(`adddate addtime any_value ascii bin bit_and bit_count bit_length bit_or bit_xor char
		char_length character_length conv convert convert_tz crc32 curdate current_date current_time
		current_timestamp curtime date date_add date_format date_sub datediff day dayname dayofmonth
		dayofweek dayofyear elt field find_in_set format from_base64 from_days from_unixtime grouping hex hour
		if interval isnull json_array json_array_append json_array_insert json_arrayagg json_contains
		json_contains_path json_depth json_extract json_insert json_keys json_length json_merge_patch
		json_merge_preserve json_object json_objectagg json_overlaps json_pretty json_quote json_remove
		json_replace json_search json_set json_table json_type json_unquote json_valid json_value last_day
		lcase locate makedate maketime match md5 microsecond mid minute month monthname now oct ord
		period_add period_diff quarter quote rand regexp_instr regexp_like regexp_replace regexp_substr
		sec_to_time second sha1 sha2 soundex std str_to_date strcmp subdate substring_index subtime time
		time_format time_to_sec timediff timestamp timestampadd timestampdiff to_base64 to_days to_seconds
		truncate ucase unhex unix_timestamp utc_date utc_time utc_timestamp values week weekday weekofyear
		weight_string year yearweek`)
)

// has reports whether a statement of the dialect may call a function.
func (d Dialect) has(name string) bool {
	switch d {
	case SQLite:
		return common[name] || sqliteOnly[name]
	case Postgres:
		return common[name] || postgresOnly[name]
	case MySQL:
		return common[name] || mysqlOnly[name]
	}
	return common[name]
}

// function returns an error if the function of the current name is not one of
// those that may be called.
func (g *gate) function() *Error {
	t := g.look(0)
	name := t.text
	own := g.d.Dialect.has(name)
	if g.look(-1).isOp(".") && (g.look(-2).kind == word || g.look(-2).kind == quoted) {
		own = own && g.d.Dialect == Postgres && g.look(-2).text == "pg_catalog" && !g.look(-3).isOp(".")
		name = g.look(-2).text + "." + name
		if g.look(-3).isOp(".") {
			name = "…." + name // never one of the list
		}
	}
	if own || slices.ContainsFunc(g.d.Functions, func(f string) bool { return f == name || lower(f) == name }) {
		return nil
	}
	if g.look(1).isOp("(") {
		return refusal(t.pos, "the function %s cannot be called: only those that are known to change nothing can; in front of the columns of an alias, write AS (byte %d)", head(name, 80), t.pos)
	}
	return refusal(t.pos, "%s after a value would call a function of that name, and it cannot be called (byte %d)", head(name, 80), t.pos)
}
