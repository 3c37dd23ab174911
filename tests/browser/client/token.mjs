// The view that says what is wrong with a token, as a person uses it.

export async function ask(page, { token, host = 'meet.example.com', room = 'standup', tenant = '', at = '' }) {
    await page.getByLabel('Token', { exact: true }).fill(token);
    await page.getByLabel('Host').selectOption(host);
    await page.getByLabel('Room').fill(room);
    await page.getByLabel('Tenant').fill(tenant);
    await page.getByLabel('Time (UTC)').fill(`${at}`);
    await Promise.all([page.waitForEvent('domcontentloaded'), page.getByRole('button', { name: 'Explain' }).click()]);
}

// What is said first, as on a line.
export async function headline(page) {
    const lines = await page.locator('#result h2, #result .headline').allTextContents();
    return lines.join(' ').replace(/\s+/g, ' ').trim();
}
