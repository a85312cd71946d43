"""The stylesheet, made from a theme's tokens."""

from __future__ import annotations

from touchstone.ui.style import CONTROL, GAP, GRID, RADIUS, Tokens, Tone

_BASE = """
QMainWindow, QWidget#screen, QWidget#page {{ background: {background}; }}
QToolTip {{ background: {surface}; color: {text}; border: 1px solid {control}; padding: {gap}px; }}
QLabel[muted="true"] {{ color: {muted}; }}
QFrame#card {{ background: {surface}; border: 1px solid {border}; border-radius: {radius}px; }}
QFrame#line {{ background: {border}; border: none; }}
QFrame#navigation {{ background: {surface}; border: none; }}
QScrollArea, QScrollArea > QWidget > QWidget#page {{ background: transparent; border: none; }}
QSplitter::handle {{ background: {border}; }}
QSplitter::handle:hover {{ background: {control}; }}
"""

_BUTTONS = """
QPushButton {{
  background: {surface}; color: {text}; border: 1px solid {control}; border-radius: 6px;
  padding: 0 {pad}px; min-height: {button}px;
}}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed {{ background: {accent_soft}; }}
QPushButton:disabled {{ color: {control}; border-color: {border}; }}
QPushButton[primary="true"] {{ background: {accent}; color: {on_accent}; border-color: {accent}; }}
QPushButton[primary="true"]:hover {{ border-color: {text}; }}
QPushButton[primary="true"]:disabled {{ background: {hover}; color: {control}; border-color: {border}; }}
QPushButton:focus {{ border: 2px solid {accent}; padding: 0 {pad_focus}px; min-height: {button_focus}px; }}
QPushButton[primary="true"]:focus {{ border: 2px solid {text}; }}
QPushButton[quiet="true"] {{ background: transparent; border-color: transparent; color: {accent}; }}
QPushButton[quiet="true"]:hover {{ background: {hover}; }}
QPushButton[quiet="true"]:focus {{ border: 2px solid {accent}; }}
QPushButton[quiet="true"]:disabled {{ color: {control}; }}
QPushButton:checked {{ background: {accent_soft}; border-color: {accent}; }}
QPushButton:checked:focus {{ border: 2px solid {accent}; }}
QToolButton {{ background: transparent; border: 2px solid transparent; border-radius: 6px; padding: {gap}px; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:pressed {{ background: {accent_soft}; }}
QToolButton:focus {{ border-color: {accent}; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton#destination {{ padding: 6px {gap}px; text-align: left; color: {text}; }}
QToolButton#destination:checked {{ background: {accent_soft}; font-weight: 600; }}
QToolButton#tab {{ padding: 6px {grid}px; color: {muted}; }}
QToolButton#tab:checked {{ background: {accent_soft}; color: {text}; font-weight: 600; }}
QFrame#badge {{ background: {background}; border: 1px solid {border}; border-radius: 6px; }}
"""

_FIELDS = """
QLineEdit, QComboBox {{
  background: {surface}; color: {text}; border: 1px solid {control}; border-radius: 6px;
  placeholder-text-color: {muted};
  padding: 0 {grid}px; min-height: {button}px; selection-background-color: {accent}; selection-color: {on_accent};
}}
QPlainTextEdit {{
  background: {surface}; color: {text}; border: 1px solid {control}; border-radius: 6px; padding: {gap}px;
  placeholder-text-color: {muted}; selection-background-color: {accent}; selection-color: {on_accent};
}}
QPlainTextEdit:focus {{ border: 2px solid {accent}; }}
QLineEdit:focus, QComboBox:focus {{ border: 2px solid {accent}; min-height: {button_focus}px; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox QAbstractItemView {{ background: {surface}; border: 1px solid {control}; outline: none; }}
QCheckBox, QRadioButton {{ spacing: {grid}px; padding: {gap}px; border: 2px solid transparent; border-radius: 6px; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {accent}; }}
QCheckBox::indicator, QRadioButton::indicator {{
  width: 14px; height: 14px; border: 2px solid {control}; background: {surface};
}}
QCheckBox::indicator {{ border-radius: 4px; }}
QRadioButton::indicator {{ border-radius: 9px; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent}; }}
QRadioButton::indicator:checked {{ background: {surface}; border: 5px solid {accent}; width: 8px; height: 8px; }}
QSlider {{ min-height: {button_focus}px; border: 2px solid transparent; border-radius: 6px; }}
QSlider:focus {{ border-color: {accent}; }}
QSlider::groove:horizontal {{ height: {gap}px; background: {control}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{
  width: 14px; height: 14px; margin: -7px 0; border-radius: 9px; background: {surface}; border: 2px solid {accent};
}}
QSlider::handle:horizontal:hover {{ background: {accent_soft}; }}
QMenu {{ background: {surface}; border: 1px solid {control}; border-radius: 6px; padding: {gap}px; }}
QMenu::item {{ padding: 6px 24px 6px {grid}px; border-radius: 4px; }}
QMenu::item:selected {{ background: {accent_soft}; }}
QMenu::item:disabled {{ color: {control}; }}
QMenu::separator {{ height: 1px; background: {border}; margin: {gap}px; }}
"""

_VIEWS = """
QAbstractItemView {{
  background: {surface}; border: none; outline: none;
  selection-background-color: {accent_soft}; selection-color: {text}; alternate-background-color: {surface};
}}
QTreeView#table {{ border: 1px solid {border}; border-radius: {radius}px; }}
QTreeView#table::item {{ height: 44px; padding: 0 {gap}px; }}
QHeaderView {{ background: {surface}; border: none; }}
QHeaderView::section {{
  background: {surface}; color: {muted}; border: none; border-bottom: 1px solid {border}; padding: 6px {grid}px;
}}
QHeaderView::section:hover {{ color: {text}; background: {hover}; }}
QProgressBar {{ background: {hover}; border: none; border-radius: 2px; max-height: {gap}px; min-height: {gap}px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 2px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {control}; border-radius: 3px; margin: 2px; min-height: 32px; min-width: 32px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""

_TONE = """
QLabel[tone="{name}"] {{ color: {strong}; }}
QFrame#notice[tone="{name}"] {{ background: {soft}; border: 1px solid {strong}; border-radius: {radius}px; }}
"""


def sheet(t: Tokens) -> str:
    """The stylesheet of a theme."""
    values = {name: getattr(t, name) for name in t.__slots__}
    sizes = {
        "grid": GRID,
        "gap": GAP,
        "radius": RADIUS,
        "pad": 2 * GRID,
        "pad_focus": 2 * GRID - 1,
        "button": CONTROL - 2,
        "button_focus": CONTROL - 4,
    }
    parts = [part.format(**values, **sizes) for part in (_BASE, _BUTTONS, _FIELDS, _VIEWS)]
    parts += [_TONE.format(name=tone.value, strong=t.tone(tone), soft=t.soft(tone), radius=RADIUS) for tone in Tone]
    return "".join(parts)
