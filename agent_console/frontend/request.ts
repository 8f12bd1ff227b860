/** Asks the server as a script: it answers with a part of a page, or with a plain status, instead of a whole page. */
export const request = (url: string, options: RequestInit = {}): Promise<Response> =>
  fetch(url, { ...options, headers: { "HX-Request": "true" } });
