// A client that others wrote, the package openai of npm, against fakedeepseek.
//
// `.ci/run openai` copies this beside the package and runs it with node --test.
// FAKEDEEPSEEK is the program. FAULT, if set, is one more fault of every server:
// with it the tests have to fail.

import OpenAI from 'openai'
import assert from 'node:assert/strict'
import { File } from 'node:buffer'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'

const model = 'deepseek-flash'
const plain = { thinking: { type: 'disabled' } }
const messages = [
  { role: 'system', content: 'The lighthouse was built in 1871. Its lamp burns whale oil no more.' },
  { role: 'user', content: 'When was the lighthouse built?' },
]
const answer = '(No language model here: a stand-in that picks sentences from your text by rules.)\n\nThe lighthouse was built in 1871.'
const reasoning = 'No language model, but rules. Rule: answer from the text. 2 sentences were weighed; the best share these words with the question: lighthouse, built.'
const tools = [{
  type: 'function',
  function: {
    name: 'weather',
    description: 'Reports the current weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}]
const fim = { model, prompt: 'func add(a, b int) int {\n\treturn a + b\n}\n\nfunc sum(a, b int) int {\n\t', suffix: '\n}' }

// usage is what is said of tokens where reasoning takes some of the output.
function usage(input, output, reasoning) {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning },
    prompt_cache_hit_tokens: 0,
    prompt_cache_miss_tokens: input,
    estimated: true,
  }
}

// serve starts a server that has faults. Its client makes one attempt, unless
// it is told otherwise; its log is there after the end.
async function serve(t, ...faults) {
  if (process.env.FAULT) faults.unshift(process.env.FAULT)
  const program = spawn(process.env.FAKEDEEPSEEK, ['-v', ...faults.flatMap((f) => ['-fault', f])])
  const log = []
  createInterface(program.stderr).on('line', (line) => log.push(line))
  const closed = new Promise((resolve) => program.on('close', resolve))
  const end = async () => {
    program.kill('SIGINT')
    await closed
    return log
  }
  t.after(end)
  const url = await new Promise((resolve, reject) => {
    createInterface(program.stdout).once('line', (line) => resolve(line.replace('DEEPSEEK_BASE_URL=', '')))
    program.on('error', reject)
    closed.then(() => reject(new Error(`fakedeepseek: ${log.join('\n')}`)))
  })
  return { end, client: (path = '', options) => new OpenAI({ apiKey: 'sk-secret', baseURL: url + path, maxRetries: 0, ...options }) }
}

// all returns what a sequence has.
async function all(sequence) {
  const list = []
  for await (const item of await sequence) list.push(item)
  return list
}

// joined returns the texts of chunks as one, and the arguments of a tool call.
function joined(chunks) {
  const deltas = chunks.flatMap((c) => c.choices.map((choice) => choice.delta))
  const calls = deltas.flatMap((d) => d.tool_calls ?? [])
  return {
    content: deltas.map((d) => d.content ?? '').join(''),
    reasoning: deltas.map((d) => d.reasoning_content ?? '').join(''),
    names: calls.flatMap((c) => c.function.name ?? []),
    args: calls.map((c) => c.function.arguments).join(''),
    finish: chunks.flatMap((c) => c.choices.map((choice) => choice.finish_reason ?? [])).flat(),
    usage: chunks.flatMap((c) => c.usage ?? []),
  }
}

// fails returns the error of a call, which must be of a class and a status.
async function fails(call, kind, want) {
  const error = await call.then(() => assert.fail('there is no error'), (e) => e)
  assert.ok(error instanceof kind, `${error.stack} is no ${kind.name}`)
  const { status, type, code, param, message } = error
  assert.deepEqual({ status, type, code, param, message }, { param: null, code: 'invalid_request_error', type: 'invalid_request_error', ...want })
  return error
}

test('models', async (t) => {
  const client = (await serve(t)).client('/v1')
  assert.deepEqual((await all(client.models.list())).map((m) => m.id), ['deepseek-flash', 'deepseek-v4-pro'])
  const flash = await client.models.retrieve(model)
  assert.equal(flash.context_window, 1048576)
  await fails(client.models.retrieve('gpt-5'), OpenAI.NotFoundError, { status: 404, message: '404 Model Not Exist' })
})

test('chat', async (t) => {
  const client = (await serve(t)).client()
  const reply = await client.chat.completions.create({ model, messages, ...plain })
  assert.equal(reply.object, 'chat.completion')
  assert.equal(reply.model, model)
  assert.deepEqual(reply.choices, [{ index: 0, message: { role: 'assistant', content: answer }, logprobs: null, finish_reason: 'stop' }])
  assert.deepEqual(reply.usage, usage(33, 36, 0))
})

test('chat, thinking', async (t) => {
  const client = (await serve(t)).client('/v1')
  const reply = await client.chat.completions.create({ model, messages })
  assert.deepEqual(reply.choices[0].message, { role: 'assistant', content: answer, reasoning_content: reasoning })
  assert.deepEqual(reply.usage, usage(34, 81, 45))
})

for (const [name, fault] of [['stream', []], ['stream in pieces of three bytes', ['trickle=3']], ['stream after comments', ['keep-alive=20']]]) {
  test(name, async (t) => {
    const client = (await serve(t, ...fault)).client()
    const chunks = await all(client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } }))
    assert.deepEqual(joined(chunks), { content: answer, reasoning, names: [], args: '', finish: ['stop'], usage: [usage(34, 81, 45)] })
    assert.deepEqual(chunks[0].choices[0].delta, { role: 'assistant', content: null, reasoning_content: '' })
    assert.deepEqual(new Set(chunks.map((c) => c.object)), new Set(['chat.completion.chunk']))
    assert.equal(new Set(chunks.map((c) => c.id)).size, 1)
    assert.ok(chunks.length > 20, `${chunks.length} chunks`)
  })
}

test('usage in a chunk of its own', async (t) => {
  const client = (await serve(t, 'usage-apart')).client()
  const chunks = await all(client.chat.completions.create({ model, messages, ...plain, stream: true, stream_options: { include_usage: true } }))
  assert.deepEqual(chunks.at(-1).choices, [])
  assert.deepEqual(chunks.at(-1).usage, usage(33, 36, 0))
  assert.equal(joined(chunks).content, answer)
})

test('stream that is left', async (t) => {
  const server = await serve(t, 'pace=1h')
  const stream = await server.client().chat.completions.create({ model, messages, stream: true })
  for await (const chunk of stream) {
    assert.equal(chunk.choices[0].delta.role, 'assistant')
    break
  }
  assert.deepEqual(await server.end(), ['POST /chat/completions 200, broken off, fault "pace=1h"'])
})

test('tools', async (t) => {
  const client = (await serve(t)).client()
  const talk = [{ role: 'user', content: 'What is the weather in Lisbon?' }]
  const first = await client.chat.completions.create({ model, messages: talk, tools })
  const message = first.choices[0].message
  assert.equal(first.choices[0].finish_reason, 'tool_calls')
  assert.equal(message.tool_calls.length, 1)
  assert.match(message.tool_calls[0].id, /^call_00_[0-9a-f]{24}$/)
  assert.deepEqual(message.tool_calls[0].function, { name: 'weather', arguments: '{"city":"Lisbon"}' })

  talk.push(message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: '21 degrees and clear' })
  const second = await client.chat.completions.create({ model, messages: talk, tools })
  assert.equal(second.choices[0].finish_reason, 'stop')
  assert.ok(second.choices[0].message.content.endsWith('weather says: 21 degrees and clear'), second.choices[0].message.content)

  delete message.reasoning_content // which the API wants back
  const error = await client.chat.completions.create({ model, messages: talk, tools }).catch((e) => e)
  assert.ok(error instanceof OpenAI.BadRequestError && /reasoning_content/.test(error.message), String(error))
})

test('tools, streamed', async (t) => {
  const client = (await serve(t)).client()
  const talk = [{ role: 'user', content: 'What is the weather in San Francisco?' }]
  const chunks = await all(client.chat.completions.create({ model, messages: talk, tools, ...plain, stream: true }))
  const { names, args, finish } = joined(chunks)
  assert.deepEqual({ names, args: JSON.parse(args), finish }, { names: ['weather'], args: { city: 'San Francisco' }, finish: ['tool_calls'] })
  const fragments = chunks.filter((c) => c.choices[0].delta.tool_calls)
  assert.ok(fragments.length > 2, `${fragments.length} fragments`)
  assert.deepEqual(new Set(fragments.map((c) => c.choices[0].delta.tool_calls[0].index)), new Set([0]))
})

test('stream helper', async (t) => {
  const client = (await serve(t)).client()
  const stream = client.chat.completions.stream({ model, messages: [{ role: 'user', content: 'What is the weather in Lisbon?' }], tools, ...plain })
  const reply = await stream.finalChatCompletion()
  assert.equal(reply.choices[0].finish_reason, 'tool_calls')
  assert.deepEqual(JSON.parse(reply.choices[0].message.tool_calls[0].function.arguments), { city: 'Lisbon' })
})

test('JSON', async (t) => {
  const client = (await serve(t)).client()
  const talk = [
    { role: 'system', content: 'Reply in json as in this example: {"name": "Bob", "age": 7}' },
    { role: 'user', content: 'Name: Ann\nAge: 41' },
  ]
  const reply = await client.chat.completions.create({ model, messages: talk, response_format: { type: 'json_object' }, ...plain })
  assert.deepEqual(JSON.parse(reply.choices[0].message.content), { name: 'Ann', age: 41 })
})

test('FIM', async (t) => {
  const server = await serve(t)
  const client = server.client('/beta')
  const reply = await client.completions.create(fim)
  const text = '// No language model here: a stand-in wrote this by rules, after add.\n\treturn a + b'
  assert.deepEqual(reply.choices, [{ text, index: 0, logprobs: null, finish_reason: 'stop' }])
  assert.deepEqual(reply.usage, usage(23, 25, 0))
  const chunks = await all(client.completions.create({ ...fim, stream: true }))
  assert.equal(chunks.map((c) => c.choices[0].text).join(''), text)
  assert.equal(chunks.length, 22)
  assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop')
  await fails(server.client().completions.create(fim), OpenAI.BadRequestError, {
    status: 400,
    message: '400 completions api is only available when using beta api (set base_url="https://api.deepseek.com/beta")',
  })
})

test('files', async (t) => {
  const client = (await serve(t)).client('/v1')
  const content = new File([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')], 'owl.png')
  const file = await client.files.create({ file: content, purpose: 'user_data', expires_after: { anchor: 'created_at', seconds: 3600 } })
  assert.match(file.id, /^file-api-[0-9a-f]{24}$/)
  const { id, created_at } = file
  assert.deepEqual(file, { id, object: 'file', bytes: 8, created_at, expires_at: created_at + 3600, filename: 'owl.png', purpose: 'user_data' })
  assert.deepEqual(await all(client.files.list()), [file])
  assert.deepEqual(await client.files.retrieve(id), file)
  assert.deepEqual(await client.files.delete(id), { id, object: 'file', deleted: true })
  await fails(client.files.retrieve(id), OpenAI.NotFoundError, { status: 404, message: '404 File not found' })
  assert.deepEqual(await all(client.files.list()), [])
  await fails(client.files.create({ file: content, purpose: 'batch' }), OpenAI.BadRequestError, {
    status: 400,
    message: '400 Invalid purpose value, it must be one of `user_data`, `text_recognition`, `rich_layout_recognition`',
  })
})

test('bad requests', async (t) => {
  const client = (await serve(t)).client()
  for (const [more, message] of [
    [{ temperature: 3 }, 'Invalid temperature value, the valid range of temperature is [0, 2]'],
    [{ model: 'gpt-5' }, 'Model Not Exist'],
    [{ n: 2 }, 'Invalid n value (currently only n = 1 is supported)'],
    [{ messages: [] }, 'Empty input messages'],
    [{ response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } } }, 'This response_format type is unavailable now'],
    [{ messages: [{ role: 'developer', content: 'x' }] },
      'Failed to deserialize the JSON body into the target type: messages[0].role: unknown variant `developer`, expected one of `system`, `user`, `assistant`, `tool`, `latest_reminder`'],
  ]) {
    await fails(client.chat.completions.create({ model, messages, ...more }), OpenAI.BadRequestError, { status: 400, message: `400 ${message}` })
  }
  await fails(client.embeddings.create({ model, input: 'x' }), OpenAI.NotFoundError, { status: 404, message: '404 Not Found' })
})

for (const [fault, kind, want] of [
  ['status=400,message=Content Exists Risk', OpenAI.BadRequestError, { status: 400, message: '400 Content Exists Risk' }],
  ['status=401', OpenAI.AuthenticationError, { status: 401, type: 'authentication_error', message: '401 Authentication Fails, Your api key is invalid' }],
  ['status=402', OpenAI.APIError, { status: 402, message: '402 Insufficient Balance' }],
  ['status=422', OpenAI.UnprocessableEntityError, { status: 422, message: '422 Invalid parameters' }],
  ['status=429,retry-after=7s', OpenAI.RateLimitError, { status: 429, type: 'rate_limit_error', message: '429 Too many requests: the limit on concurrency is reached' }],
  ['status=500', OpenAI.InternalServerError, { status: 500, type: 'server_error', message: '500 Internal Server Error' }],
  ['status=503', OpenAI.InternalServerError, { status: 503, type: 'server_error', message: '503 Service is too busy. Please try again later.' }],
]) {
  test(fault, async (t) => {
    const client = (await serve(t, fault)).client()
    for (const stream of [false, true]) {
      const error = await fails(client.chat.completions.create({ model, messages, stream }), kind, want)
      assert.equal(error.headers.get('retry-after'), want.status === 429 ? '7' : null)
    }
  })
}

test('retries', async (t) => {
  const server = await serve(t, 'status=500,retry-after=1ms,for=1', 'status=429,retry-after=1ms,after=1,for=1', 'cut,after=2,for=1')
  const reply = await server.client('', { maxRetries: 3 }).chat.completions.create({ model, messages, ...plain })
  assert.equal(reply.choices[0].message.content, answer)
  assert.deepEqual(await server.end(), [
    'POST /chat/completions 500, fault "status=500,retry-after=1ms,for=1"',
    'POST /chat/completions 429, fault "status=429,retry-after=1ms,after=1,for=1"',
    'POST /chat/completions no answer, fault "cut,after=2,for=1"',
    'POST /chat/completions 200',
  ])
})

test('retries that end', async (t) => {
  const server = await serve(t, 'status=503,retry-after=1ms')
  await assert.rejects(server.client('', { maxRetries: 2 }).chat.completions.create({ model, messages }), OpenAI.InternalServerError)
  assert.equal((await server.end()).length, 3)
})

for (const [fault, kind] of [['cut=3000', TypeError], ['reset=3000', TypeError], ['end=3000', SyntaxError]]) {
  test(`stream with ${fault}`, async (t) => {
    const client = (await serve(t, fault)).client()
    const chunks = []
    const error = await (async () => {
      for await (const chunk of await client.chat.completions.create({ model, messages, ...plain, stream: true })) chunks.push(chunk)
    })().catch((e) => e)
    assert.ok(error instanceof kind, `${error?.stack} is no ${kind.name}`)
    const { content, finish } = joined(chunks)
    assert.ok(content.length > 5 && content.length < answer.length && answer.startsWith(content), content)
    assert.deepEqual(finish, [])
  })
}

test('no answer', async (t) => {
  const server = await serve(t, 'cut,for=1', 'reset,after=1,for=1', 'stall,after=2')
  const ask = (options) => server.client('', options).chat.completions.create({ model, messages })
  await assert.rejects(ask(), OpenAI.APIConnectionError)
  await assert.rejects(ask(), OpenAI.APIConnectionError)
  await assert.rejects(ask({ timeout: 200 }), OpenAI.APIConnectionTimeoutError)
})

test('endpoints that fail', async (t) => {
  const server = await serve(t, 'status=503,path=/models,for=1', 'status=500,path=/files/', 'cut=20,path=/completions')
  const client = server.client()
  await fails(client.models.list(), OpenAI.InternalServerError, { status: 503, type: 'server_error', message: '503 Service is too busy. Please try again later.' })
  assert.equal((await all(client.models.list())).length, 2)
  await fails(client.files.delete('file-api-1'), OpenAI.InternalServerError, { status: 500, type: 'server_error', message: '500 Internal Server Error' })
  await assert.rejects(server.client('/beta').completions.create(fim), TypeError)
  const log = await server.end()
  assert.equal(log.length, 4)
  assert.ok(!log.join().includes('secret'))
})
