# ruff: noqa: E501 (browsers say long things)
"""What people hold in their hands: browsers, by the user-agent strings they send."""

from dataclasses import dataclass

import numpy as np

from supercorp.dice import Dice, Indices

__all__ = ["AGENTS", "BOTS", "IOS_SAFARI", "Agent", "agent_of"]


@dataclass(frozen=True, slots=True)
class Agent:
    """A kind of device with its browser; ``weight`` is per thousand devices. Screens in CSS pixels."""

    browser: str
    system: str
    form: str
    weight: float
    screen: tuple[int, int]
    text: str


_CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"
_ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) {} Mobile Safari/537.36"
_WINDOWS, _MAC = "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) {}"
_IPAD = "Mozilla/5.0 (iPad; CPU OS {} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) {}"
_META = "[FBAN/FBIOS;FBAV/512.0.0.48.97;FBBV/736100451;FBDV/iPhone15,2;FBMD/iPhone;FBSN/iOS;FBSV/18.5]"

# fmt: off
AGENTS: tuple[Agent, ...] = (
    Agent("Safari", "iOS", "phone", 108, (393, 852), _IPHONE.format("18_5", "Version/18.5 Mobile/15E148 Safari/604.1")),
    Agent("Safari", "iOS", "phone", 62, (390, 844), _IPHONE.format("18_6", "Version/18.6 Mobile/15E148 Safari/604.1")),
    Agent("Safari", "iOS", "phone", 34, (375, 812), _IPHONE.format("17_7", "Version/17.7 Mobile/15E148 Safari/604.1")),
    Agent("Safari", "iOS", "phone", 16, (375, 667), _IPHONE.format("16_7_11", "Version/16.6 Mobile/15E148 Safari/604.1")),
    Agent("Safari", "iOS", "tablet", 14, (820, 1180), _IPAD.format("17_7", "Version/17.7 Mobile/15E148 Safari/604.1")),
    Agent("Chrome", "iOS", "phone", 26, (393, 852), _IPHONE.format("18_5", "CriOS/137.0.7151.107 Mobile/15E148 Safari/604.1")),
    Agent("Firefox", "iOS", "phone", 7, (390, 844), _IPHONE.format("18_5", "FxiOS/139.0 Mobile/15E148 Safari/605.1.15")),
    Agent("Instagram", "iOS", "phone", 24, (393, 852), _IPHONE.format("18_5", "Mobile/22F76 Instagram 385.0.0.27.92 (iPhone15,2; iOS 18_5; de_DE; de; scale=3.00; 1179x2556)")),
    Agent("Facebook", "iOS", "phone", 18, (393, 852), _IPHONE.format("18_5", f"Mobile/22F76 {_META}")),
    Agent("Chrome", "Android", "phone", 150, (412, 915), _ANDROID.format("Chrome/137.0.0.0")),
    Agent("Chrome", "Android", "phone", 72, (360, 800), _ANDROID.format("Chrome/138.0.0.0")),
    Agent("Samsung Internet", "Android", "phone", 38, (384, 854), _ANDROID.format("SamsungBrowser/28.0 Chrome/130.0.0.0")),
    Agent("Opera", "Android", "phone", 8, (412, 892), _ANDROID.format("Chrome/135.0.0.0") + " OPR/89.0.0.0"),
    Agent("Firefox", "Android", "phone", 10, (412, 915), "Mozilla/5.0 (Android 15; Mobile; rv:139.0) Gecko/139.0 Firefox/139.0"),
    Agent("Facebook", "Android", "phone", 15, (412, 915), "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/136.0.7103.125 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/513.0.0.43.109;]"),
    Agent("Chrome", "Android", "tablet", 12, (800, 1280), _CHROME.format("Linux; Android 10; K", "137.0.0.0")),
    Agent("Chrome", "Windows", "desktop", 160, (1920, 1080), _CHROME.format(_WINDOWS, "137.0.0.0")),
    Agent("Chrome", "Windows", "desktop", 42, (1536, 864), _CHROME.format(_WINDOWS, "138.0.0.0")),
    Agent("Edge", "Windows", "desktop", 58, (1920, 1080), _CHROME.format(_WINDOWS, "137.0.0.0") + " Edg/137.0.0.0"),
    Agent("Firefox", "Windows", "desktop", 36, (1920, 1080), "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:139.0) Gecko/20100101 Firefox/139.0"),
    Agent("Opera", "Windows", "desktop", 9, (1366, 768), _CHROME.format(_WINDOWS, "135.0.0.0") + " OPR/120.0.0.0"),
    Agent("Chrome", "macOS", "desktop", 38, (1512, 982), _CHROME.format(_MAC, "137.0.0.0")),
    Agent("Safari", "macOS", "desktop", 44, (1440, 900), f"Mozilla/5.0 ({_MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"),
    Agent("Firefox", "macOS", "desktop", 8, (1440, 900), "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:139.0) Gecko/20100101 Firefox/139.0"),
    Agent("Firefox", "Linux", "desktop", 7, (1920, 1080), "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0"),
)
# Crawlers; the last lie: they call themselves a browser that nobody uses any more.
BOTS: tuple[Agent, ...] = (
    Agent("Googlebot", "bot", "bot", 40, (412, 732), "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.7151.103 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    Agent("bingbot", "bot", "bot", 25, (1024, 768), "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36"),
    Agent("AhrefsBot", "bot", "bot", 20, (1024, 768), "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"),
    Agent("GPTBot", "bot", "bot", 15, (1024, 768), "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"),
    Agent("Chrome", "Linux", "bot", 50, (800, 600), _CHROME.format("X11; Linux x86_64", "79.0.3945.130")),
    Agent("Chrome", "Windows", "bot", 50, (1024, 768), _CHROME.format(_WINDOWS, "81.0.4044.138")),
)
# fmt: on
IOS_SAFARI = np.asarray([agent.browser == "Safari" and agent.system == "iOS" for agent in AGENTS])


def agent_of(dice: Dice, owner: Indices, device: Indices) -> Indices:
    """The position in :data:`AGENTS` of somebody's first, second or third device."""
    return dice.choose("agent", [agent.weight for agent in AGENTS], owner, device)
