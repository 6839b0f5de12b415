import type { LabResponse } from '../http/response.ts';

const PAGE = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>pve1 - Proxmox Virtual Environment</title></head>
<body><p>This is Sluice's demo cluster. It speaks the API of Proxmox VE and has no pages of its own.</p></body>
</html>
`;

/** What a browser gets that was pointed at the API's port. */
export function frontPage(target: string): LabResponse {
  const path = target.split('?')[0];
  if (path === '/' || path === '/index.html') {
    return { status: 200, contentType: 'text/html; charset=utf-8', body: Buffer.from(PAGE) };
  }
  return { status: 501, reason: `no such file '${path}'` };
}
