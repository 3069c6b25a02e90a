// The API, drawn from /openapi.json.

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

const schema = await (await fetch("/openapi.json")).json();
const resolve = part => part?.$ref ? schema.components.schemas[part.$ref.split("/").pop()] : part;

function typeOf(part) {
  part = resolve(part);
  if (part.enum) return part.enum.join(" | ");
  if (part.anyOf) return part.anyOf.map(typeOf).join(" | ");
  return part.type ?? "any";
}

function fields(body) {
  const shape = resolve(body), table = element("table");
  table.append(element("tr", "", ...["field", "type", "default", ""].map(name => element("th", name))));
  for (const [name, field] of Object.entries(shape.properties ?? {})) {
    const needed = (shape.required ?? []).includes(name);
    const range = ["minimum", "maximum"].filter(key => key in field).map(key => `${key} ${field[key]}`).join(", ");
    table.append(element("tr", "",
      element("td", "", element("code", name)), element("td", typeOf(field)),
      element("td", needed ? "required" : JSON.stringify(field.default ?? null)),
      element("td", [field.description, range].filter(Boolean).join(" "))));
  }
  return table;
}

function example(method, path, body) {
  const url = location.origin + path;
  if (method !== "post") return method === "get" ? `curl ${url}` : `curl -X ${method.toUpperCase()} ${url}`;
  const shape = resolve(body), given = (shape.required ?? []).map(name => [name, name === "input" ? "Hello world." : "..."]);
  return `curl ${url} -H "Content-Type: application/json" -d '${JSON.stringify(Object.fromEntries(given))}'`;
}

document.getElementById("paths").replaceChildren(...Object.entries(schema.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { summary, description, requestBody }]) => {
    const body = requestBody?.content["application/json"]?.schema;
    const section = element("section", "", element("h2", `${method.toUpperCase()} ${path}`), element("p", description ?? summary));
    if (body) section.append(fields(body));
    section.append(element("pre", example(method, path, body)));
    return section;
  })));
document.body.dataset.ready = "yes";
