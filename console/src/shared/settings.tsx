/** Language and light or dark: the browser's own until somebody chooses, remembered in this browser. */
import { App, ConfigProvider, theme } from "antd";
import en from "antd/locale/en_US";
import zh from "antd/locale/zh_CN";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { browserLanguage, type Language, LanguageContext } from "./words";

export type Brightness = "light" | "dark" | "auto";

type Settings = {
  language: Language;
  setLanguage: (language: Language) => void;
  brightness: Brightness;
  setBrightness: (brightness: Brightness) => void;
  isDark: boolean;
};

const SettingsContext = createContext<Settings | null>(null);

export function useSettings(): Settings {
  const settings = useContext(SettingsContext);
  if (!settings) throw new Error("outside of SettingsProvider");
  return settings;
}

/** A value kept in this browser under `key`. */
function useKept<T extends string>(key: string, initial: T): [T, (value: T) => void] {
  const [value, set] = useState<T>(() => (localStorage.getItem(key) as T | null) ?? initial);
  const keep = (next: T) => {
    localStorage.setItem(key, next);
    set(next);
  };
  return [value, keep];
}

function useSystemDark(): boolean {
  const query = useMemo(() => matchMedia("(prefers-color-scheme: dark)"), []);
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const follow = () => setDark(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, [query]);
  return dark;
}

export function SettingsProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useKept<Language>("menshen.language", browserLanguage());
  const [brightness, setBrightness] = useKept<Brightness>("menshen.brightness", "auto");
  const systemDark = useSystemDark();
  const isDark = brightness === "auto" ? systemDark : brightness === "dark";
  dayjs.locale(language === "zh" ? "zh-cn" : "en");
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.documentElement.dataset.brightness = isDark ? "dark" : "light";
  }, [language, isDark]);
  return (
    <SettingsContext value={{ language, setLanguage, brightness, setBrightness, isDark }}>
      <LanguageContext value={language}>
        <ConfigProvider
          // Two characters on a button stay as they are written: what is seen is what is read aloud.
          button={{ autoInsertSpace: false }}
          locale={language === "zh" ? zh : en}
          theme={{
            algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
            token: isDark ? DARK : LIGHT,
            components: {
              Checkbox: { borderRadiusSM: 3 },
              Layout: { headerPadding: "0 20px", headerHeight: 56, siderBg: "transparent" },
              Tabs: isDark ? { itemSelectedColor: "#a5c1ff" } : {},
              Menu: isDark ? { itemSelectedColor: "#a5c1ff" } : {},
              Button: isDark ? DARK_BUTTON : {},
              Table: isDark ? { rowSelectedBg: "#1b2338", rowSelectedHoverBg: "#1f2840" } : {},
            },
          }}
        >
          <App component={false}>{children}</App>
        </ConfigProvider>
      </LanguageContext>
    </SettingsContext>
  );
}

/** Colours that keep a contrast of 4.5 to 1 on their grounds. */
const LIGHT = {
  colorPrimary: "#1d4ed8",
  colorPrimaryHover: "#2f5fe0",
  colorLink: "#1d4ed8",
  colorLinkHover: "#1e40af",
  colorLinkActive: "#1e3a8a",
  colorSuccess: "#15803d",
  colorWarning: "#b45309",
  colorError: "#b91c1c",
  colorSuccessBg: "#f0fdf4",
  colorSuccessBorder: "#86efac",
  colorWarningBg: "#fffbeb",
  colorWarningBorder: "#fcd34d",
  colorErrorBg: "#fef2f2",
  colorErrorBorder: "#fca5a5",
  colorInfo: "#1d4ed8",
  colorInfoBg: "#eff6ff",
  colorInfoBorder: "#93c5fd",
  colorTextSecondary: "rgba(0, 0, 0, 0.65)",
  colorTextTertiary: "rgba(0, 0, 0, 0.6)",
  colorTextDescription: "rgba(0, 0, 0, 0.62)",
  colorTextPlaceholder: "rgba(0, 0, 0, 0.58)",
  colorBgLayout: "#f6f7f9",
  borderRadius: 8,
};
const DARK = {
  colorPrimary: "#5b8cff",
  colorLink: "#7aa5ff",
  colorLinkHover: "#a5c1ff",
  colorLinkActive: "#c3d6ff",
  colorError: "#ff7a75",
  colorTextSecondary: "rgba(255, 255, 255, 0.72)",
  colorTextTertiary: "rgba(255, 255, 255, 0.65)",
  colorTextDescription: "rgba(255, 255, 255, 0.65)",
  colorTextPlaceholder: "rgba(255, 255, 255, 0.6)",
  borderRadius: 8,
};
/** White stands on these. */
const DARK_BUTTON = {
  colorPrimary: "#3f6bd6",
  colorPrimaryHover: "#3a63c8",
  colorPrimaryActive: "#345ab8",
};
