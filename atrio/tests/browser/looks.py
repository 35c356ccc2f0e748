"""How a page is looked at: by axe at two widths and in every theme, by its focus, and by what is too wide for a screen.

A page is loaded once. Themes are what a person's system asks for, which needs no new load; that a chosen theme is the
same is shown by `test_themes.py`."""

import contextlib

from playwright.sync_api import TimeoutError

from atrio.config.folders import project_folder

AXE = project_folder() / "node_modules" / "axe-core" / "axe.min.js"
SCREEN = {"width": 1280, "height": 900}
TELEPHONE = {"width": 390, "height": 844}
WIDTHS = (SCREEN, TELEPHONE)
# What a theme can change: of two that differ in colours only, no other rule finds different things. Strong is 7:1.
COLOURS = ("color-contrast", "link-in-text-block")
STRONG = (*COLOURS, "color-contrast-enhanced")
LIGHT = {"color_scheme": "light", "contrast": "no-preference"}
# Light first: in it all rules are asked.
THEMES: dict[str, tuple[dict, tuple[str, ...]]] = {
    "light": (LIGHT, ()),
    "dark": ({"color_scheme": "dark", "contrast": "no-preference"}, COLOURS),
    "high contrast": ({"color_scheme": "light", "contrast": "more"}, STRONG),
    "high contrast, dark": ({"color_scheme": "dark", "contrast": "more"}, STRONG),
}
ALL = {"rules": {"target-size": {"enabled": True}}}  # the one rule of WCAG 2.2 AA, which axe leaves off
# Preloading is for films and sounds, of which there are none.
CHECKED = """([within, exclude, rules]) => axe
  .run({ include: within, exclude }, { resultTypes: ['violations'], preload: false, ...rules })
  .then((found) => found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`)))"""

# Texts and controls of a kind that no page had yet are marked: by all that style sheets ask about them and what they
# are in, and by their colours. What was the same on another page is the same in another theme, too.
MARKED = """([exclude, seen]) => {
  const known = new Set(seen);
  const hash = (text) => [...text].reduce((sum, c) => (Math.imul(sum, 31) + c.charCodeAt(0)) | 0, 7);
  const states = ['aria-current', 'aria-invalid', 'aria-pressed', 'aria-sort', 'data-on', 'open', 'disabled', 'role'];
  const names = (one) => [one.nodeName, one.className.baseVal ?? one.className, one.type || '',
    ...states.map((name) => one.getAttribute(name))].join();
  const path = (one) => (one && one !== document.body ? `${path(one.parentElement)} ${names(one)}` : '');
  const says = (one) => one.matches('input, select, textarea')
    || [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  let count = 0;
  for (const one of document.body.querySelectorAll('*')) {
    if (!says(one) || !one.checkVisibility() || exclude.some((name) => one.closest(name))) continue;
    const style = getComputedStyle(one);
    const kind = hash(`${path(one)} ${style.color} ${style.backgroundColor}`);
    if (known.has(kind)) continue;
    known.add(kind);
    one.setAttribute('data-looked-at', '');
    count += 1;
  }
  return [count, [...known]];
}"""
UNMARK = """() => document.querySelectorAll('[data-looked-at]')
  .forEach((one) => one.removeAttribute('data-looked-at'))"""

# Axe says nothing of text before a picture: the arrow of a list is beside its text, and of a gradient the strongest
# colour is taken.
FLAT = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('select { background-image: none !important } .bare { background: var(--accent-soft) !important }');
  document.adoptedStyleSheets = [sheet];
}"""

# Every kind of control once (the kinds that were seen come and go): a line of 2 px, 3:1 before what is behind it.
FOCUSED = """([exclude, seen]) => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (!known.has(colour)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      known.set(colour, canvas.getImageData(0, 0, 1, 1).data);
    }
    return known.get(colour);
  };
  const light = (colour) => [...rgba(colour)].slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const behind = (one) => {
    for (let at = one.parentElement; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (rgba(colour)[3] === 255) return colour;
    }
    return 'white';
  };
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + .05) / (low + .05);
  };
  const names = (one) => `${one.nodeName} ${one.getAttribute('type') || ''} ${one.className}`;
  const hash = (text) => [...text].reduce((sum, c) => (Math.imul(sum, 31) + c.charCodeAt(0)) | 0, 7);
  const kind = (one) => hash(`${names(one)} < ${names(one.parentElement)}`);
  const marked = (one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
      && ratio(style.outlineColor, behind(one)) >= 3;
  };
  const stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter((one) => !one.disabled && one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }))
    .filter((one) => !exclude.some((name) => one.closest(name)));
  const found = [], before = document.activeElement, kinds = new Set(seen);
  for (const one of stops) {
    if (kinds.has(kind(one))) continue;
    kinds.add(kind(one));
    one.focus({ preventScroll: true, focusVisible: true });
    const around = [one, one.closest('label'), one.labels?.[0], one.closest('.search form')].filter(Boolean);
    if (document.activeElement === one && !around.some(marked)) found.push(`focus: ${one.outerHTML.slice(0, 160)}`);
  }
  if (before && before !== document.body) before.focus({ preventScroll: true }); else document.activeElement.blur();
  return [found, [...kinds]];
}"""


def violations(page, rules: dict, *, within: str = "html", but: tuple[str, ...] = ()) -> list[str]:
    return page.evaluate(CHECKED, [[[within]], [[one] for one in but], rules])


def too_wide(page) -> int:
    """How far the page reaches beyond its screen, once charts have fitted in."""
    measure = "() => Math.max(0, document.documentElement.scrollWidth - innerWidth)"
    if page.evaluate(measure) == 0:
        return 0
    with contextlib.suppress(TimeoutError):
        page.wait_for_function(f"() => ({measure})() === 0", timeout=1500)
    return page.evaluate(measure)


class Look:
    """What is wrong with pages as they stand; of texts and controls, each kind is looked at once."""

    def __init__(self, page):
        self.page = page
        self.seen: dict[object, list[int]] = {}

    def at(self, but: tuple[str, ...] = ()) -> list[str]:
        """All rules at both widths, colours and the focus in every theme, and nothing that is too wide."""
        found = []
        self.page.evaluate(FLAT)
        self.page.keyboard.press("F9")  # means nothing; after a key, and not after a click, browsers show the focus
        for size in WIDTHS:
            self.page.set_viewport_size(size)
            width = size["width"]
            if wide := too_wide(self.page):
                found.append(f"{wide} px too wide at {width}")
            found += [f"{width}: {one}" for one in violations(self.page, ALL, but=but)]
            fresh, self.seen[width] = self.page.evaluate(MARKED, [list(but), self.seen.get(width, [])])
            for theme, (asked, rules) in THEMES.items():
                self.page.emulate_media(**asked)
                said = self.focus(theme, but)
                if fresh and rules:
                    said += violations(self.page, {"runOnly": rules}, within="[data-looked-at]")
                found += [f"{width}, {theme}: {one}" for one in said]
            self.page.evaluate(UNMARK)
            self.page.emulate_media(**LIGHT)
        self.page.set_viewport_size(SCREEN)
        self.page.evaluate("() => { document.adoptedStyleSheets = [] }")
        return found

    def focus(self, theme: str, but: tuple[str, ...] = ()) -> list[str]:
        found, self.seen[theme] = self.page.evaluate(FOCUSED, [list(but), self.seen.get(theme, [])])
        return found
