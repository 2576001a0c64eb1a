/** Starts a world and leaves it running, to look at pages while they are made: `npm run world`. */
import { World } from "./world";

const port = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise);
const world = await World.start({
  platformPort: port("PLATFORM_PORT", 8080),
  consolePort: port("CONSOLE_PORT", 8886),
  apiPort: port("API_PORT", 5555),
  empty: process.env.EMPTY === "1",
});
console.log(`platform  ${world.platform.address}   admin / ${world.password}`);
console.log(
  `box       ${world.consoleAddress}, API ${world.box?.address ?? "-"} (token ${world.box?.token ?? "-"})`,
);
console.log(`camera    ${world.frames} (put JPEG files of faces here)`);
console.log(`logs      ${world.folder}`);
const stop = async () => {
  await world.stop();
  process.exit(0);
};
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
