// Between the two sides of the gateway only what belongs to the message passes, never what belongs to a connection.

/** Of one connection only (RFC 9110, 7.6.1), and Expect, which the door itself has answered. */
const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Ours to set, or none of the server's business. */
const keptFromServer = new Set(['host', 'authorization', 'cookie', 'csrfpreventiontoken', 'content-length', 'origin']);

type Pair = readonly [name: string, value: string];

const MOST_LINES = 58; // the server reads less than 64, and we add up to five (PVE wire facts 11.6)
const MOST_BYTES = 6_900; // of 8,192: the request line and the ticket need the rest

function pairsOf(raw: readonly string[]): Pair[] {
  const pairs: Pair[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return pairs;
}

/** Names that a `Connection` header adds to those of one connection. */
function namedByConnection(pairs: readonly Pair[]): Set<string> {
  const lists = pairs.filter(([name]) => name.toLowerCase() === 'connection').map(([, value]) => value);
  return new Set(lists.flatMap((list) => list.split(',').map((name) => name.trim().toLowerCase())));
}

function ofMessage(raw: readonly string[]): Pair[] {
  const pairs = pairsOf(raw);
  const named = namedByConnection(pairs);
  return pairs.filter(([name]) => !hopByHop.has(name.toLowerCase()) && !named.has(name.toLowerCase()));
}

/** A client's headers for the server; repeated ones are joined. Undefined where the server would not read so many. */
export function headersForServer(raw: readonly string[], pathBytes: number): Record<string, string> | undefined {
  const joined = new Map<string, Pair>();
  for (const [name, value] of ofMessage(raw)) {
    const key = name.toLowerCase();
    if (keptFromServer.has(key)) continue;
    const before = joined.get(key);
    joined.set(key, [name, before === undefined ? value : `${before[1]}, ${value}`]);
  }
  const headers = Object.fromEntries(joined.values());
  const bytes = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, pathBytes);
  return joined.size > MOST_LINES || bytes > MOST_BYTES ? undefined : headers;
}

/** The server's headers for a client, names and values in turn. Cookies would be a sign-in of ours. */
export function headersForClient(raw: readonly string[]): string[] {
  return ofMessage(raw)
    .filter(([name]) => name.toLowerCase() !== 'set-cookie')
    .flat();
}
