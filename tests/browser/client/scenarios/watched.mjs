// Everything that must not happen, to see that it is seen.

export default async function watched({ open, watch }) {
    const page = await open();
    await page.to('/console/token');
    for (const pattern of [
        /^violation: img-src http:\/\/elsewhere\.localhost/,
        /^violation: style-src/,
        /^violation: require-trusted-types-for .*HTMLScriptElement/,
        /^violation: require-trusted-types-for .*innerHTML/,
        /^console error: wrong/,
        /^error of a script: Error: thrown/,
        /^request elsewhere: http:\/\/elsewhere\.localhost/,
        /^dialog: hit/,
        /^console error: /,
    ]) {
        watch.expect(pattern);
    }
    const told = [page.waitForEvent('dialog'), page.context().waitForEvent('weberror')];
    await page.evaluate(() => {
        const add = (name, properties) => document.body.append(Object.assign(document.createElement(name), properties));
        add('img', { src: 'http://elsewhere.localhost:9/' });
        document.body.setAttribute('style', 'color: red');
        const script = document.createElement('script');
        script.append('window.__hit = 1');
        try {
            document.body.append(script);
        } catch {
            // It is a violation already.
        }
        try {
            document.body.innerHTML += '<b>markup</b>';
        } catch {
            // So is this.
        }
        console.error('wrong');
        setTimeout(() => alert('hit'));
        setTimeout(() => {
            throw new Error('thrown');
        });
    });
    await Promise.all(told);

    // Where nothing is forbidden, a request goes out.
    await page.goto('about:blank');
    await page.evaluate(() => fetch('http://elsewhere.localhost:9/').catch(() => {}));
}
