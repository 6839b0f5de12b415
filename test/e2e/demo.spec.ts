import { expect, test } from './fixtures/app.ts';
import { openConsole, waitForPicture } from './fixtures/consoles.ts';
import { tree, welcome } from './fixtures/signIn.ts';

test('the demo cluster is one click away', async ({ app: { page } }) => {
  await welcome(page).getByRole('button', { name: 'Try the demo cluster' }).click();
  await expect(tree(page)).toBeVisible({ timeout: 60_000 });
  await waitForPicture(await openConsole(page, 'web-frontend'));
});
