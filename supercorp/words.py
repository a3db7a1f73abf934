"""The words names, addresses and goods are made of; nobody real, and domains that nobody owns."""

# fmt: off
FIRST_NAMES = (
    "Ada", "Adam", "Aisha", "Alma", "Amir", "Ana", "Anton", "Aylin", "Bea", "Ben", "Carla", "Chen",
    "Clara", "Dana", "David", "Elif", "Elsa", "Emil", "Emma", "Eva", "Farid", "Felix", "Finn",
    "Fatma", "Gia", "Greta", "Hana", "Hugo", "Ida", "Ilse", "Ines", "Ivan", "Jana", "Jean", "Jonas",
    "José", "Julia", "Jürgen", "Kai", "Karim", "Lea", "Leo", "Lena", "Liam", "Lina", "Luca",
    "Łukasz", "Maja", "Malik", "Mara", "Marie", "Max", "Mei", "Mia", "Mila", "Mina", "Nadia",
    "Nils", "Nina", "Noah", "Nora", "Olga", "Omar", "Oskar", "Paula", "Pia", "Rafael", "René",
    "Rosa", "Ruth", "Samir", "Sara", "Sofia", "Søren", "Tara", "Theo", "Tom", "Vera", "Yara",
    "Yusuf", "Zoë",
)
LAST_NAMES = (
    "Adler", "Ahmed", "Alves", "Amsel", "Bach", "Baker", "Becker", "Berg", "Blanc", "Bloom",
    "Brandt", "Brook", "Castro", "Cole", "Conti", "Costa", "Dahl", "Diaz", "Drake", "Dubois",
    "Ekström", "Engel", "Farrell", "Faure", "Fischer", "Flores", "Fontaine", "Forster", "Garcia",
    "Girard", "Graf", "Haas", "Hansen", "Hartmann", "Heller", "Holm", "Ibrahim", "Jansen", "Jensen",
    "Kaya", "Keller", "Khan", "Kim", "Klein", "Kowalski", "Krüger", "Lang", "Larsen", "Lemaire",
    "Lindholm", "Lopez", "Maier", "Marino", "Martin", "Meyer", "Moreau", "Morgan", "Müller",
    "Nielsen", "Novak", "Nowak", "Öztürk", "Park", "Pereira", "Petit", "Quinn", "Ricci", "Rivera",
    "Romano", "Rossi", "Roux", "Santos", "Schmidt", "Silva", "Sommer", "Stone", "Strand", "Tanaka",
    "Thomsen", "Torres", "Ueda", "Vidal", "Vogel", "Wagner", "Walsh", "Weber", "Winter", "Wolf",
    "Yilmaz", "Zhang", "Zimmer",
)
DOMAINS = ("example.com", "example.org", "example.net")

# Country, calling code, cities, and the pattern of a postal code.
COUNTRIES: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("DE", "+49", ("Altmark", "Birkenau", "Seefeld", "Kronstadt"), "{:05d}"),
    ("AT", "+43", ("Bergheim", "Neudorf", "Steinach"), "{:04d}"),
    ("FR", "+33", ("Beaulieu", "Montclair", "Villeneuve"), "{:05d}"),
    ("NL", "+31", ("Oosterhout", "Waterdam", "Zuidbroek"), "{:04d} AB"),
    ("ES", "+34", ("Puebla Nueva", "Santa Marta", "Villarreal"), "{:05d}"),
    ("PL", "+48", ("Jasna Góra", "Nowe Miasto"), "{:05d}"),
)
COUNTRY_SHARES = (0.46, 0.12, 0.16, 0.10, 0.10, 0.06)
# Time zone and language: of each country, then of those who live elsewhere.
ZONES = (
    ("Europe/Berlin", "de-DE"), ("Europe/Vienna", "de-AT"), ("Europe/Paris", "fr-FR"),
    ("Europe/Amsterdam", "nl-NL"), ("Europe/Madrid", "es-ES"), ("Europe/Warsaw", "pl-PL"),
    ("Europe/London", "en-GB"), ("America/New_York", "en-US"), ("America/Los_Angeles", "en-US"),
    ("Asia/Tokyo", "ja-JP"), ("Asia/Kolkata", "en-IN"), ("Australia/Sydney", "en-AU"),
)
STREETS = (
    "Mill Lane", "Garden Street", "Harbour Road", "Station Street", "Linden Avenue", "Church Street",
    "Market Square", "Forest Path", "River Walk", "School Street", "Castle Hill", "Meadow Close",
    "Bridge Street", "Orchard Row",
)

ADJECTIVES = (
    "Classic", "Compact", "Everyday", "Folding", "Light", "Nordic", "Quiet", "Sturdy", "Travel", "Urban",
)
MATERIALS = (
    "Ash", "Bamboo", "Canvas", "Ceramic", "Copper", "Cork", "Felt", "Glass", "Linen", "Oak", "Steel", "Wool",
)
# fmt: on
# Category, what is sold there, and the middle of its prices in cents.
GOODS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("kitchen", ("Kettle", "Pan", "Bowl", "Knife", "Board"), 3400),
    ("living", ("Lamp", "Cushion", "Blanket", "Shelf", "Stool"), 5900),
    ("garden", ("Planter", "Watering Can", "Trowel", "Lantern"), 2600),
    ("travel", ("Backpack", "Bottle", "Pouch", "Suitcase"), 4800),
    ("desk", ("Organiser", "Notebook", "Pen Holder", "Tray"), 1900),
)
COUPONS = ("WELCOME10", "SPRING10", "THANKYOU10", "LETTER10")  # the last stands in the letters

_PLAIN = str.maketrans("éëöüøŁłÖ", "eeouoLlO")


def plain(name: str) -> str:
    """A name as it stands in an e-mail address."""
    return name.translate(_PLAIN).lower()
