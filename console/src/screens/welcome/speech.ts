// Greets visitors aloud, by a voice that is on this device: others would send the name to somebody else's server.

const MOST_WAITING = 2;
let waiting = 0;

function voice(tag: string): SpeechSynthesisVoice | undefined {
  const here = speechSynthesis.getVoices().filter((voice) => voice.localService);
  const language = tag.slice(0, 2).toLowerCase();
  const exact = here.find((voice) => voice.lang.replace("_", "-").toLowerCase() === tag.toLowerCase());
  return exact ?? here.find((voice) => voice.lang.toLowerCase().startsWith(language));
}

// Browsers look for their voices when they are first asked for: the first guest shall not find them still looking.
if (typeof speechSynthesis !== "undefined") speechSynthesis.getVoices();

/** Says a sentence, unless there is no voice for its language or too much is waiting to be said. */
export function speak(text: string, tag: string): void {
  if (!("speechSynthesis" in window) || waiting >= MOST_WAITING) return;
  const found = voice(tag);
  if (!found) return;
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.voice = found;
  utterance.lang = found.lang;
  waiting += 1;
  utterance.onend = utterance.onerror = () => {
    waiting = Math.max(0, waiting - 1);
  };
  speechSynthesis.speak(utterance);
}
