// Shows the OpenAPI document, and lets its operations be tried out. Everything is set as text, never as markup.
'use strict';

// The most of an answer that is shown.
const SHOWN = 20000;

function make(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  for (const child of children.flat(3)) if (child !== undefined && child !== null) made.append(child);
  return made;
}

function nameOf(reference) {
  return reference.split('/').pop();
}

// A schema in a few words.
function words(schema) {
  if (!schema) return '';
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.oneOf) return schema.oneOf.map(words).join(' | ');
  if (schema.allOf) return schema.allOf.map(words).join(' & ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const types = [].concat(schema.type || (schema.properties ? 'object' : 'any'));
  return types.map((type) => (type === 'array' ? `[${words(schema.items)}]` : type)).join(' | ');
}

// The fields of a schema, references followed, as rows of a table.
function fields(api, schema, depth = 0) {
  if (!schema || depth > 3) return [];
  if (schema.$ref) return fields(api, api.components.schemas[nameOf(schema.$ref)], depth);
  const rows = [];
  for (const part of [...(schema.allOf || []), ...(schema.oneOf || [])]) rows.push(...fields(api, part, depth));
  if (schema.type === 'array') rows.push(...fields(api, schema.items, depth));
  for (const [name, value] of Object.entries(schema.properties || {})) {
    const needed = (schema.required || []).includes(name) ? '' : ' (optional)';
    const indent = '\u2003'.repeat(depth);
    rows.push(make('tr', {},
      make('td', {}, make('code', {}, indent + name)),
      make('td', {}, words(value) + needed),
      make('td', {}, value.description || '')));
    const inner = value.type === 'array' || [].concat(value.type || []).includes('array') ? value.items : value;
    if (inner && (inner.$ref || inner.properties || inner.oneOf)) rows.push(...fields(api, inner, depth + 1));
  }
  return rows;
}

function section(title, rows) {
  return rows.length ? [make('h4', {}, title), make('table', {}, rows)] : [];
}

function bodyOf(api, content) {
  const [type, media] = Object.entries(content || {})[0] || [];
  if (!type) return undefined;
  return { type, words: words(media.schema), rows: fields(api, media.schema), example: media.example };
}

function shown(example) {
  return example === undefined ? undefined : make('pre', {}, JSON.stringify(example, null, 2));
}

// A word for a shell, quoted where it must be.
function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}

// The same request as a command line.
function curl(method, address, request, hasToken, text) {
  const parts = ['curl -sS'];
  if (method !== 'GET') parts.push(`-X ${method}`);
  if (hasToken) parts.push('-H "Authorization: Bearer $TOKEN"');
  if (request && request.type === 'application/json') parts.push(`-H 'Content-Type: application/json' -d ${quoted(text)}`);
  else if (request) parts.push(`-H 'Content-Type: ${request.type.replace('*', 'jpeg')}' --data-binary @file`);
  parts.push(quoted(location.origin + address));
  return parts.join(' \\\n  ');
}

// The form that tries an operation out, made when it is first needed.
function trial(method, path, op, request) {
  const inputs = (op.parameters || []).filter((one) => one.in !== 'header').map((parameter) => {
    const input = make('input', { placeholder: words(parameter.schema), 'aria-label': parameter.name });
    return { parameter, input };
  });
  const isJson = request && request.type === 'application/json';
  const text = isJson ? make('textarea', { 'aria-label': 'Body', spellcheck: 'false' }) : undefined;
  if (text) text.value = JSON.stringify(request.example ?? {}, null, 2);
  const file = request && !isJson ? make('input', { type: 'file', 'aria-label': 'Body' }) : undefined;
  const command = make('pre', {});
  const answer = make('pre', { hidden: '' });
  const address = () => {
    let filled = path;
    const query = new URLSearchParams();
    for (const { parameter, input } of inputs) {
      if (parameter.in === 'path') filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(input.value) || `{${parameter.name}}`);
      else if (input.value) query.set(parameter.name, input.value);
    }
    return query.size ? `${filled}?${query}` : filled;
  };
  const compact = () => {
    try { return JSON.stringify(JSON.parse(text.value)); } catch { return text.value; }
  };
  const refresh = () => {
    command.textContent = curl(method, address(), request, op['x-role'] !== 'nobody', isJson ? compact() : '');
  };
  const send = make('button', { type: 'button' }, 'Send');
  send.addEventListener('click', async () => {
    answer.hidden = false;
    answer.textContent = '…';
    try {
      answer.textContent = await ask(method, address(), isJson ? text.value : file && file.files[0], request);
    } catch (error) {
      answer.textContent = `No answer: ${error}`;
    }
  });
  const form = make('div', { class: 'try' },
    make('h4', {}, 'Try it'),
    inputs.map(({ parameter, input }) => make('label', {}, make('code', {}, parameter.name), input)),
    text || file,
    make('div', {}, send),
    command,
    answer);
  form.addEventListener('input', refresh);
  refresh();
  return form;
}

async function ask(method, address, body, request) {
  const headers = {};
  const token = document.getElementById('token').value.trim();
  if (token) headers.authorization = `Bearer ${token}`;
  if (request) headers['content-type'] = request.type.replace('*', 'jpeg');
  const began = performance.now();
  const response = await fetch(address, { method, headers, body: method === 'GET' ? undefined : body });
  const took = Math.round(performance.now() - began);
  const head = `${response.status} ${response.statusText} in ${took} ms\n`;
  const type = response.headers.get('content-type') || '';
  if (type.startsWith('image/')) return `${head}${type}, ${(await response.blob()).size} bytes`;
  if (type.startsWith('text/event-stream')) {
    await response.body.cancel();
    return `${head}a stream that does not end: use the command above`;
  }
  let text = await response.text();
  try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* shown as it came */ }
  return head + (text.length > SHOWN ? `${text.slice(0, SHOWN)}\n… ${text.length - SHOWN} characters more` : text);
}

function details(api, method, path, op) {
  const parameters = (op.parameters || []).map((parameter) => make('tr', {},
    make('td', {}, make('code', {}, parameter.name)),
    make('td', {}, `${words(parameter.schema)} in ${parameter.in}${parameter.required ? '' : ' (optional)'}`),
    make('td', {}, parameter.description || '')));
  const request = bodyOf(api, op.requestBody && op.requestBody.content);
  const answers = Object.entries(op.responses || {}).map(([status, told]) => {
    const answer = told.$ref ? api.components.responses[nameOf(told.$ref)] : told;
    const body = bodyOf(api, answer.content);
    const isGood = Number(status) < 300;
    return [
      make('h4', {}, `${status} ${body ? `${body.words} (${body.type})` : ''}`),
      make('div', { class: 'quiet' }, answer.description || ''),
      body && isGood ? [make('table', {}, body.rows), shown(body.example)] : undefined,
    ];
  });
  return make('div', { class: 'body' },
    op.description ? make('p', {}, op.description) : undefined,
    section('Parameters', parameters),
    request ? [make('h4', {}, `Body: ${request.words} (${request.type})`), make('table', {}, request.rows), shown(request.example)] : [],
    trial(method, path, op, request),
    answers);
}

function operation(api, method, path, op) {
  const made = make('details', { id: op.operationId },
    make('summary', {},
      make('span', { class: `method ${method}` }, method),
      make('span', { class: 'path' }, path),
      make('span', { class: 'about' }, op.summary || ''),
      make('span', { class: 'role', title: 'the least role that may' }, op['x-role'] === 'nobody' ? 'no login' : op['x-role'])));
  made.dataset.text = [method, path, op.summary, op.description, ...(op.tags || [])].join(' ').toLowerCase();
  // Hundreds of tables at once would be slow: each is made when it is opened.
  made.addEventListener('toggle', () => {
    if (made.open && made.childElementCount === 1) made.append(details(api, method, path, op));
    if (made.open) history.replaceState(null, '', `#${op.operationId}`);
  });
  return made;
}

// Shows what holds every word that is looked for.
function search() {
  const wanted = document.getElementById('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const part of document.querySelectorAll('#operations section')) {
    let any = false;
    for (const one of part.querySelectorAll('details')) {
      one.hidden = !wanted.every((word) => one.dataset.text.includes(word));
      if (!one.hidden) { any = true; found += 1; }
    }
    part.hidden = !any;
  }
  document.getElementById('found').textContent = `${found} operations`;
}

function open() {
  const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (wanted && wanted.tagName === 'DETAILS') {
    wanted.open = true;
    wanted.scrollIntoView();
  }
}

async function show() {
  const main = document.getElementById('operations');
  main.replaceChildren();
  try {
    const api = await (await fetch('/api/v1/openapi.json')).json();
    document.getElementById('about').textContent =
      `${(api.info.description || '').replace(/\*\*|`/g, '')}\n\nVersion ${api.info.version}.`;
    const byTag = new Map((api.tags || []).map((tag) => [tag.name, { about: tag.description, operations: [] }]));
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
        if (!item[method]) continue;
        const tag = (item[method].tags || ['other'])[0];
        if (!byTag.has(tag)) byTag.set(tag, { operations: [] });
        byTag.get(tag).operations.push(operation(api, method.toUpperCase(), path, item[method]));
      }
    }
    for (const [tag, { about, operations }] of byTag) {
      if (operations.length) {
        main.append(make('section', {}, make('h2', {}, tag), make('div', { class: 'quiet' }, about || ''), operations));
      }
    }
    document.getElementById('search').addEventListener('input', search);
    search();
    open();
    window.addEventListener('hashchange', open);
  } catch (error) {
    main.append(make('p', {}, `The document could not be shown: ${error}`));
  }
}

show();
