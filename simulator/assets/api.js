// Calls of the simulator's own endpoints; a refusal becomes an Error with the server's sentence.

async function answer(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    if (response.ok) return null;
  }
  if (!response.ok) throw new Error(body?.error ?? `The simulator answered ${response.status}.`);
  return body;
}

export async function get(path) {
  return answer(await fetch(`api/${path}`, { headers: { Accept: "application/json" } }));
}

export async function send(method, path, body) {
  return answer(
    await fetch(`api/${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
}

export async function upload(path, file) {
  return answer(await fetch(`api/${path}`, { method: "POST", headers: { "Content-Type": file.type }, body: file }));
}
