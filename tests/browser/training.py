"""The page of a training: what it shows of an epoch against what the engine computed."""

import math

from browser import ActionChains, Keys, number, run


def cells(page, kind):
    """The numbers in the tables at full precision, by their places: {(list, index): number}."""
    shown = page.run("""return [...document.querySelectorAll(`table.${arguments[0]} td.number`)].map(
        (cell) => [Number(cell.dataset.list), Number(cell.dataset.index), cell.title])""", kind)
    return {(at, index): number(text) for at, index, text in shown}


def check_epoch(page, expected):
    assert page.text("#epoch") == str(expected["epoch"])
    assert number(page.find("#loss").get_attribute("title")) == expected["loss"]
    assert page.text("#loss") == f"{expected['loss']:.6g}"
    assert page.text("#accuracy") == f"{100 * expected['accuracy']:.3g} %"
    for kind in ("parameters", "gradients"):
        wanted = {(at, index): x for at, numbers in enumerate(expected[kind]) for index, x in enumerate(numbers)}
        assert cells(page, kind) == wanted, kind


def numbers(open_page):
    """the first and the last epoch show the engine's numbers, to the last bit"""
    page = open_page("training")
    check_epoch(page, page.expected[0])
    page.press(Keys.END)
    check_epoch(page, page.expected[1])
    page.press(Keys.HOME)
    check_epoch(page, page.expected[0])
    page.check_console()


def recorded(open_page):
    """the page says which epochs are under the slider"""
    page = open_page("training")
    epochs = page.run("return JSON.parse(document.getElementById('data').textContent).frames.map((f) => f.epoch)")
    text = page.text("#recorded")
    assert f"{len(epochs)} of 600 epochs are recorded" in text, text
    assert epochs[:2] == [0, 2] and f"every 2 at first and every {epochs[-2] - epochs[-3]} at the end" in text, text
    cases = page.run("""return [recordedText([0, 1, 2], 3), recordedText([0, 10, 20, 30, 31], 32),
        recordedText([0, 9], 10), recordedText([0], 1), recordedText([0, 1, 2, 3, 5, 8, 9], 10)]""")
    assert cases[0] == "All 3 epochs are recorded." and cases[3] == "1 epoch is recorded.", cases
    assert cases[1] == "5 of 32 epochs are recorded: about every 10.", cases
    assert cases[2] == "2 of 10 epochs are recorded: the first and the last.", cases
    assert cases[4] == ("7 of 10 epochs are recorded: each one up to 3, then farther and farther apart, "
                        "every 2 at first and every 3 at the end."), cases


def pictures(open_page):
    """every picture changes with the epoch"""
    page = open_page("training")

    def state():
        return page.run("""const pixels = document.querySelector('canvas').getContext('2d').getImageData(0, 0, 36, 36).data;
            return {
              plane: pixels.join(' '),
              border: document.querySelector('path.border').getAttribute('d'),
              lines: document.querySelector('.lines').innerHTML,
              widths: [...document.querySelectorAll('#network .edges line')].map((l) => l.style.strokeWidth).join(' '),
              cursor: document.querySelector('.cursor').getAttribute('x1'),
            }""")

    before = state()
    page.check_screenshot()
    page.press(Keys.END)
    after = state()
    for what in before:
        assert before[what] != after[what], what
    assert len(page.all("#network .edges line")) == 12 and len(page.all(".points path")) == 4
    page.check_screenshot()
    widths = after["widths"]
    page.find("#show-gradients").click()
    assert state()["widths"] != widths
    page.check_console()


def sides(open_page):
    """a point that counts as right stands on the colour of its class"""
    page = open_page("training")
    page.press(Keys.END)
    assert page.text("#accuracy") == "100 %"
    hits = page.run("""
        const data = JSON.parse(document.getElementById('data').textContent);
        const pixels = document.querySelector('canvas').getContext('2d').getImageData(0, 0, data.cells, data.cells).data;
        const place = (value, [low, high]) => Math.floor(data.cells * (value - low) / (high - low));
        return data.points.map(([x, y, label]) => {
          const at = 4 * ((data.cells - 1 - place(y, data.y)) * data.cells + place(x, data.x));
          return (pixels[at + 2] > pixels[at] ? 0 : 1) === label;
        })""")
    assert hits == [True] * 4, hits


def moving(open_page):
    """keys, slider, play and a click on the curves lead to epochs"""
    page = open_page("training")
    page.press(Keys.ARROW_RIGHT)
    assert page.step() == 1
    page.run("const s = document.getElementById('slider'); s.value = 5; s.dispatchEvent(new Event('input'))")
    fifth = page.text("#epoch")
    page.open("#step=5")
    assert page.text("#epoch") == fifth
    page.find("#curves svg").click()
    middle = page.step()
    assert 5 < middle < int(page.find("#slider").get_attribute("max"))
    page.press(Keys.SPACE)
    page.run("return new Promise((done) => setTimeout(done, 700))")
    page.press(Keys.SPACE)
    assert page.step() > middle
    page.check_console()


def keys_after_click(open_page):
    """keys step wherever the focus is, once each; the space bar still ticks the box in focus"""
    page = open_page("training")
    page.find("#show-gradients").click()
    page.press(Keys.ARROW_RIGHT)
    assert page.step() == 1
    page.press(Keys.END)
    assert page.step() == int(page.find("#slider").get_attribute("max"))
    page.press(Keys.SPACE)
    assert not page.find("#show-gradients").is_selected()
    page.press(Keys.HOME)
    page.run("document.getElementById('slider').focus()")
    page.press(Keys.ARROW_RIGHT)
    assert page.step() == 1
    page.check_console()


def loss_ticks(open_page):
    """the axis of the loss has from two to seven labels, which tell numbers apart, at any range"""
    page = open_page("training")
    ranges = [[0.6931, 0.6982], [0.693147, 0.69315], [0.6931471805, 0.6931471806], [0.5, 0.5], [1e-320, 1e300],
              [1, 1e64], [0.693, 2e11], [0.01, 0.7], [0.3, 1.4], [0.2, 0.9], [1e-9, 1], [0, 3], [-1, 1e-8]]
    for low, high in ranges:
        labels = page.run("""const root = document.createElement('div');
            root.append(svgElement('svg'));
            new Curves(root, {frames: arguments[0].map((loss, epoch) => ({epoch, loss, accuracy: 0.5}))}, () => {});
            return [...root.querySelectorAll('text.tick')].filter((t) => t.getAttribute('text-anchor') === 'end')
              .map((t) => t.textContent).filter((t) => !t.endsWith('%'))""", [low, high])
        assert 2 <= len(labels) <= 7 and len(set(labels)) == len(labels), (low, high, labels)
        width = max(abs(low), high - low, 1e-12)
        assert all(low - 2 * width <= number(label) <= high + 2 * width for label in labels), (low, high, labels)
    page.check_console()


def titles(open_page):
    """a network that has points wrong at the end was trained, but did not learn them"""
    page = open_page("training")
    assert page.driver.title == "How a 2-3-2 network learned", page.driver.title
    page = open_page("training_12")
    page.press(Keys.END)
    assert page.text("#accuracy") != "100 %"
    assert page.driver.title.endswith("network was trained"), page.driver.title


def neuron_names(open_page):
    """hidden neurons are numbered layer by layer, alike in the picture and in the tables"""
    page = open_page("training_2")
    names = page.run("return [...document.querySelectorAll('#network .neurons > text')].map((t) => t.textContent)")
    assert names == ["x1", "x2", "h1_1", "h1_2", "h2_1", "h2_2", "0", "1"], names
    heads = page.run("""return [...document.querySelectorAll('table.parameters')].map((table) =>
        [...table.querySelectorAll('th')].map((head) => head.textContent))""")
    assert heads == [["h1_1", "h1_2", "x1", "x2", "bias"],
                     ["h2_1", "h2_2", "h1_1", "h1_2", "bias"],
                     ["class 0", "class 1", "h2_1", "h2_2", "bias"]], heads
    page.check_console()


def many_lines(open_page):
    """the lines of many neurons have names that do not cover each other, and no two look alike"""
    page = open_page("wide_training")
    boxes = page.run("""return [...document.querySelectorAll('.lines text')].map((t) => {
        const r = t.getBoundingClientRect();
        return [t.textContent, r.left, r.top, r.right, r.bottom];
      })""")
    lines = page.run("""return [...document.querySelectorAll('.lines g')].map((line) => {
        const style = getComputedStyle(line.querySelector('.zero'));
        return [style.stroke, style.strokeDasharray];
      })""")
    assert len(lines) >= 9 and len(boxes) > len(lines) / 2, (len(lines), boxes)
    assert len({tuple(line) for line in lines}) == len(lines), lines
    # The outline of a text is wider than what is read of it.
    covered = [(a[0], b[0]) for i, a in enumerate(boxes) for b in boxes[i + 1:]
               if a[1] + 3 < b[3] and b[1] + 3 < a[3] and a[2] + 5 < b[4] and b[2] + 5 < a[4]]
    assert not covered, covered
    assert all(name.startswith("h1_") for name, *_ in boxes)
    page.check_console()


def highlighting(open_page):
    """under the pointer or in focus, a neuron's line, weights and gradients stand out in every view"""
    page = open_page("wide_training")

    def lit(selector):
        return page.run("""return [...document.querySelectorAll(arguments[0])].map((part) => part.classList.contains('lit'))""", selector)

    assert not page.all(".lit")
    by_pointer = page.find("#network circle[data-neuron='1:8']")
    by_focus = next(head for head in page.all("table.parameters th") if head.text == "h1_9")
    for choose in (lambda: ActionChains(page.driver).move_to_element(by_pointer).perform(),
                   lambda: page.run("arguments[0].focus()", by_focus),
                   lambda: ActionChains(page.driver).move_to_element(
                       page.find(".lines g[data-neuron='1:8'] text")).perform()):
        choose()
        names = page.run("return [...document.querySelectorAll('.lines g.lit text')].map((t) => t.textContent)")
        assert names == ["h1_9"], names
        assert sum(lit("#network circle")) == 1 and sum(lit("#network .edges line")) == 4
        for kind in ("parameters", "gradients"):
            # Two weights and the bias before it, two weights behind it.
            assert sum(lit(f"table.{kind} td.number")) == 5, kind
        opacity = page.run("return [...document.querySelectorAll('.lines g')].map((g) => Number(getComputedStyle(g).opacity))")
        assert sorted(opacity)[-2] < 0.5 and max(opacity) == 1, opacity
        # Another epoch leaves it as it is.
        page.press(Keys.ARROW_RIGHT)
        assert sum(lit(".lines g")) == 1 and sum(lit("table.parameters td.number")) == 5
        page.run("document.activeElement.blur()")
        ActionChains(page.driver).move_to_element(page.find("h1")).perform()
        assert not page.all(".lit") and not page.all("body.chosen")
    page.check_console()


def notes(open_page):
    """the page says what the record was told, as text"""
    page = open_page("wide_training")
    assert page.text("#notes").splitlines() == ["What came out.", "Why: <b>x</b> & y."], page.text("#notes")
    assert "failed" in page.find("#notes").get_attribute("class")
    page = open_page("training")
    assert not page.find("#notes").is_displayed()
    page.check_console()


def ticks_inside(open_page):
    """no label of the curves is cut at the edge"""
    for name in ("training", "wide_training"):
        page = open_page(name)
        cut = page.run("""const frame = document.querySelector('#curves svg').getBoundingClientRect();
            return [...document.querySelectorAll('#curves text')].filter((text) => {
              const r = text.getBoundingClientRect();
              return r.right > frame.right || r.left < frame.left;
            }).map((text) => text.textContent)""")
        assert not cut, (name, cut)
    assert "1000" in page.run("return [...document.querySelectorAll('#curves .tick')].map((t) => t.textContent)")


def labels_apart(open_page):
    """the numbers beside the connections do not cover each other or a neuron"""
    for name in ["training", "training_2"]:
        page = open_page(name)
        page.find("#show-gradients").click()
        for _ in range(6):
            page.press(Keys.ARROW_RIGHT)
            covered = page.run("""
                const box = (e) => ({r: e.getBoundingClientRect(), text: e.textContent});
                const numbers = [...document.querySelectorAll('#network text.weight')].map(box);
                const circles = [...document.querySelectorAll('#network circle')].map(box);
                const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
                return [numbers.length, numbers.flatMap((a, i) => [...numbers.slice(i + 1), ...circles]
                    .filter((b) => meet(a.r, b.r)).map((b) => [a.text, b.text]))]""")
            assert covered == [12, []], (name, covered)
    # Nor do the neurons of many layers.
    page = open_page("training_12")
    circles = page.run("""return [...document.querySelectorAll('#network circle')].map((c) =>
        ['cx', 'cy', 'r'].map((name) => Number(c.getAttribute(name))))""")
    assert len(circles) == 28
    for i, (x, y, r) in enumerate(circles):
        assert all(math.hypot(x - u, y - v) > r + s for u, v, s in circles[i + 1:]), (x, y, r)


def narrow(open_page):
    """at any width nothing is wider than the window"""
    for name in ["training", "training_2"]:
        page = open_page(name)
        for width in [1200, 800, 500, 360]:
            page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
            wide = page.run("""const inside = (e) => e.closest('.pair') && !e.classList.contains('pair');
                return [...document.body.querySelectorAll('*')].filter((e) => !inside(e))
                  .filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1)
                  .map((e) => `${e.tagName} ${e.id} ${e.className.baseVal ?? e.className}`)""")
            assert not wide, (name, width, wide)
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


run([numbers, recorded, pictures, sides, moving, keys_after_click, loss_ticks, titles, neuron_names, many_lines,
     highlighting, notes, ticks_inside, labels_apart, narrow])
