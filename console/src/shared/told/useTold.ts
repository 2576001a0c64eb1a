import { useLanguage } from "../words";
import { told } from "./told";

/** What a server says, in the language of whoever looks. */
export function useTold(): (text: string) => string {
  const language = useLanguage();
  return (text) => told(text, language);
}
