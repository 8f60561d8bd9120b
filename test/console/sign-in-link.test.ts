import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserAvailable } from '../harness/browser.ts';
import { openOffice, type Desk, type Office } from './approval-desk.ts';

describe.runIf(browserAvailable('test/console/sign-in-link.test.ts'))('the links that the start prints', () => {
  let office: Office;
  beforeAll(async () => {
    office = await openOffice();
  }, 120_000);
  afterAll(() => office?.close());
  afterEach(() => office.closeDesks());

  const follow = async ({ page }: Desk, path: string): Promise<void> => void (await page.goto(`${office.program.url}${path}`));

  it('sign in with the role that they name, and change it, without a token in any address', async () => {
    const desk = await office.open({ token: null });
    const addresses: string[] = [];
    desk.page.on('framenavigated', (frame) => addresses.push(frame.url()));
    await follow(desk, '/console/sign-in?as=approver');
    await desk.shown(/test-approver · approver/);
    expect(new URL(desk.page.url()).pathname).toBe('/console/approvals');
    await follow(desk, '/console/sign-in?as=viewer&tenant=aurora');
    await desk.shown(/test-viewer · viewer/);
    expect(addresses.filter((address) => address.includes('eyJ'))).toEqual([]);
  });

  it('say why they do nothing where there is no such token', async () => {
    const desk = await office.open({ token: null });
    await follow(desk, '/console/sign-in?as=emperor');
    await desk.shown('There is no demo token for emperor here. Demo links work in a browser on the machine that runs the program.');
    await follow(desk, '/console/sign-in?as=approver&tenant=borealis');
    await desk.shown(/There is no demo token for approver here/);
  });

  it('are where the address of the server itself leads', async () => {
    const desk = await office.open({ token: null });
    await follow(desk, '/');
    expect(new URL(desk.page.url()).pathname).toBe('/console/');
    await desk.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});
