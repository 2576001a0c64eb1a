// Shows the OpenAPI document. Everything is set as text, never as markup.
'use strict';

function make(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  for (const child of children.flat()) if (child !== undefined && child !== null) made.append(child);
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
    if (inner && (inner.$ref || inner.properties)) rows.push(...fields(api, inner, depth + 1));
  }
  return rows;
}

function section(title, rows) {
  return rows.length ? [make('h4', {}, title), make('table', {}, rows)] : [];
}

function bodyOf(api, content) {
  const [type, media] = Object.entries(content || {})[0] || [];
  return type ? { type, words: words(media.schema), rows: fields(api, media.schema) } : undefined;
}

function operation(api, method, path, op) {
  const parameters = (op.parameters || []).map((parameter) => make('tr', {},
    make('td', {}, make('code', {}, parameter.name)),
    make('td', {}, `${words(parameter.schema)} in ${parameter.in}${parameter.required ? '' : ' (optional)'}`),
    make('td', {}, parameter.description || '')));
  const request = bodyOf(api, op.requestBody && op.requestBody.content);
  const answers = Object.entries(op.responses || {}).map(([status, answer]) => {
    const body = bodyOf(api, answer.content);
    return [
      make('h4', {}, `${status} ${body ? `${body.words} (${body.type})` : ''} ${answer.description || ''}`),
      body && Number(status) < 300 ? make('table', {}, body.rows) : undefined,
    ];
  });
  return make('details', {},
    make('summary', {},
      make('span', { class: `method ${method}` }, method),
      make('span', { class: 'path' }, path),
      make('span', { class: 'about' }, op.summary || ''),
      make('span', { class: 'role' }, op['x-role'] === 'nobody' ? 'no login' : op['x-role'])),
    make('div', { class: 'body' },
      op.description ? make('p', {}, op.description) : undefined,
      section('Parameters', parameters),
      request ? [make('h4', {}, `Body: ${request.words} (${request.type})`), make('table', {}, request.rows)] : [],
      answers));
}

async function show() {
  const main = document.getElementById('operations');
  main.replaceChildren();
  try {
    const api = await (await fetch('/api/v1/openapi.json')).json();
    document.getElementById('about').prepend(`${api.info.description || ''} Version ${api.info.version}. `);
    const byTag = new Map();
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
        if (!item[method]) continue;
        const tag = (item[method].tags || ['other'])[0];
        if (!byTag.has(tag)) byTag.set(tag, []);
        byTag.get(tag).push(operation(api, method.toUpperCase(), path, item[method]));
      }
    }
    for (const [tag, operations] of byTag) main.append(make('section', {}, make('h2', {}, tag), operations));
  } catch (error) {
    main.append(make('p', {}, `The document could not be shown: ${error}`));
  }
}

show();
