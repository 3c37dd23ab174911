// Logging in, as every scenario does that is about something else.

export async function logIn(page, key, to = '/console/token') {
    await page.to(`/console/login?to=${encodeURIComponent(to)}`);
    await page.getByLabel('Key of administrators').fill(key);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL((url) => `${url.pathname}${url.search}` === to);
}

export async function cookieOf(page) {
    const cookies = await page.context().cookies();
    return cookies.find(({ name }) => name === 'prosody-tokend-console');
}
