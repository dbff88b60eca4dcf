package deepseektest

import "strings"

// modelNames are the models that the service lists.
var modelNames = []struct{ id, name, input string }{
	{"deepseek-flash", "DeepSeek-V4.1-Flash", `"text","image"`},
	{"deepseek-v4-pro", "DeepSeek-V4-Pro", `"text"`},
}

// listModels returns the list of models.
func listModels() []byte {
	var list []string
	for _, m := range modelNames {
		list = append(list, modelJSON(m.id, m.name, m.input))
	}
	return []byte(`{"object":"list","data":[` + strings.Join(list, ",") + `]}`)
}

// oneModel returns the model that answers to a name.
func oneModel(id string) ([]byte, *apiError) {
	for _, m := range modelNames {
		if m.id == models[id] {
			return []byte(modelJSON(m.id, m.name, m.input)), nil
		}
	}
	return nil, &apiError{status: 404, message: "Model Not Exist"}
}

func modelJSON(id, name, input string) string {
	return `{"id":"` + id + `","object":"model","owned_by":"deepseek","name":"` + name +
		`","context_window":1048576,"max_output_tokens":393216,"input_modalities":[` + input +
		`],"output_modalities":["text"],"effort":{"supported_levels":["low","high","max"],"default_level":"high"},` +
		`"api_capabilities":{"anthropic_messages":{"system_prompt_update":"in-history"}}}`
}
