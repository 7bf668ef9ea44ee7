/**
 * Takes a picture of every scene, in both themes, wide and narrow, English and
 * German, to be looked at, and says what axe finds in it: `make pictures`. SCENES
 * says which, by a regular expression: `make pictures SCENES='connect.* de dark 390'`.
 */
import process from 'node:process';
import { launch } from './support.js';
import { scenes } from './scenes.js';
import { fakeApplication, inspect, looks, openScene } from './stage.js';

const wanted = new RegExp(process.env.SCENES ?? '');

/** Runs act with a test's context in little: what it leaves behind is cleared away. */
async function during(name, act) {
  const ends = [];
  try {
    await act({ name, after: (end) => ends.unshift(end) });
  } finally {
    for (const end of ends) await end();
  }
}

await during('pictures', async (t) => {
  const browser = await launch(t);
  const url = await fakeApplication(t);
  for (const scene of scenes) {
    for (const look of looks) {
      const name = [scene.name, ...Object.values(look)].join(' ');
      if (!wanted.test(name)) continue;
      // The picture is taken when the page ends, also of what went wrong.
      await during(name, async (t) => {
        const page = await openScene(t, browser, url, scene, look);
        await inspect(page, name);
      }).catch((error) => {
        console.error(`${name}: ${error.message}`);
        process.exitCode = 1;
      });
    }
  }
});
