"""A headless browser for the tests of the pages, and what they check alike."""

import json
import pathlib
import sys

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.chrome.service import Service

NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def number(text):
    """A number as JSON or a page has it."""
    return NUMBERS[text] if text in NUMBERS else float(text)


class Page:
    """A page in the browser, with the numbers that it must show."""

    def __init__(self, driver, folder, name):
        self.driver = driver
        self.address = (folder / f"{name}.html").as_uri()
        expected = folder / f"{name}.json"
        self.expected = json.loads(expected.read_text()) if expected.exists() else None
        self.open()

    def open(self, address=""):
        # Another place of the same page would not load it anew.
        self.driver.get("about:blank")
        self.driver.get(self.address + address)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.find(selector).text

    def press(self, *keys):
        self.driver.switch_to.active_element.send_keys(*keys)

    def step(self):
        return int(self.find("#slider").get_attribute("value"))

    def check_console(self):
        # Reading the log empties it.
        errors = [entry for entry in self.driver.get_log("browser") if entry["source"] != "rendering"]
        assert not errors, f"{self.address}: {errors}"

    def check_screenshot(self):
        """The picture of the page has many colours: something is drawn."""
        picture = self.driver.get_screenshot_as_png()
        assert len(picture) > 20_000, f"{self.address}: a screenshot of {len(picture)} bytes"


def run(tests):
    """Runs the tests; the arguments are the folder of the pages, the browser and its driver."""
    folder, chromium, chromedriver = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    # Containers run everything as root, and have little shared memory.
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--window-size=1400,900", "--force-prefers-reduced-motion"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service(chromedriver), options=options)
    try:
        for test in tests:
            print(f"{test.__name__}: {test.__doc__}", flush=True)
            test(lambda name: Page(driver, folder, name))
    finally:
        driver.quit()


__all__ = ["ActionChains", "By", "Keys", "Page", "number", "run"]
