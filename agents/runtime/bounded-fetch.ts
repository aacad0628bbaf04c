/** fetch, for an endpoint whose answers are short: one that goes on and on is cut, and fails. */

/** Rejects with a TypeError, as for a connection that broke, once the body is longer than `maxBytes`. */
export function boundedFetch(maxBytes: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    return response.body ? new Response(response.body.pipeThrough(counting(maxBytes)), response) : response;
  };
}

function counting(maxBytes: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new TypeError(`the answer is longer than ${maxBytes / 1_000_000} MB`);
      controller.enqueue(chunk);
    },
  });
}
