"""The window among others: its size, light or dark as they are, no work while nothing happens."""

import contextlib
import importlib
import subprocess
import sys
import time

import pygame

from window.layout import NORMAL_SIZE

LARGE_SCREEN = (1440, 1200)  # pixels; the window grows in proportion to what a screen has more
AROUND = (16, 90)  # pixels of a screen that a title bar, a task bar and the window's edges may take
ANSWER_SECONDS = 2.0  # that the desktop has to say whether it is dark
DARK_COMMANDS = {
    "darwin": ("defaults", "read", "-g", "AppleInterfaceStyle"),
    "linux": ("gsettings", "get", "org.gnome.desktop.interface", "color-scheme"),
}


def wait_for_events() -> list[pygame.event.Event]:
    """All events that there are, as soon as there is one.

    SDL's own waiting looks a thousand times a second on some systems: 4 % of a core under X11. So
    after half a second in which nothing has happened, look every 15 ms only.
    """
    first = pygame.event.wait(500)
    if first.type != pygame.NOEVENT:
        return [first, *pygame.event.get()]
    while not (events := pygame.event.get()):
        time.sleep(0.015)
    return events


def comfortable_size() -> tuple[int, int]:
    """NORMAL_SIZE; larger on a screen with so many pixels that this would be small, or as fits."""
    width, height = pygame.display.get_desktop_sizes()[0]
    factor = max(1.0, min(width / LARGE_SCREEN[0], height / LARGE_SCREEN[1]))
    return (
        min(round(NORMAL_SIZE[0] * factor), width - AROUND[0]),
        min(round(NORMAL_SIZE[1] * factor), height - AROUND[1]),
    )


def is_dark() -> bool:
    """Whether the system prefers dark windows; False where it does not say."""
    with contextlib.suppress(OSError, subprocess.SubprocessError, ImportError):
        if sys.platform == "win32":
            winreg = importlib.import_module("winreg")
            place = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, place) as key:
                return not winreg.QueryValueEx(key, "AppsUseLightTheme")[0]
        if command := DARK_COMMANDS.get(sys.platform):
            answer = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS)
            return "dark" in answer.stdout.lower()
    return False
