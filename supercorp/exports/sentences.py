"""What people write to the help desk and what they are answered; nobody real wrote it."""

__all__ = ["AGENTS", "ANSWERS", "OPENINGS", "REPLIES", "RESOLUTIONS", "SUBJECTS"]

AGENTS = ("Noor", "Bo", "Iris", "Marek", "Tess")
# Per category of ticket, as in :data:`supercorp.tickets.TICKET_CATEGORIES`.
SUBJECTS = {
    "where_is_my_order": "Where is my order?",
    "return_question": "Question about a return",
    "wrong_item": "Not what I ordered",
    "damaged": "Arrived damaged",
    "payment": "Problem with the payment",
    "account": "My account",
}
OPENINGS = {
    "where_is_my_order": (
        "Hello, my parcel should have been here by now. Can you see where it is?",
        "I am still waiting for my order and the tracking page says nothing.",
        "Has my order been sent at all?",
    ),
    "return_question": (
        "I would like to send something back. How do I get a label?",
        "How long does it take until I get my money back for a return?",
        "Can I return one item and keep the other?",
    ),
    "wrong_item": (
        "There was something else in the box than what I ordered.",
        "You sent me the wrong colour.",
        "One item is missing and another one was in the parcel instead.",
    ),
    "damaged": (
        "The parcel arrived, but what was in it is broken.",
        "There is a crack in it. I can send a photo.",
        "The box was crushed and so is the content.",
    ),
    "payment": (
        "My payment did not go through, and now I do not know whether I have ordered.",
        "The page says that the payment failed. What now?",
        "Was I charged? I never saw a confirmation.",
    ),
    "account": (
        "I cannot sign in any more.",
        "How do I change what you write to me about?",
        "I would like to know what you have stored about me.",
    ),
}
REPLIES = (
    "Thank you for writing. I am looking into it and will come back to you.",
    "Thanks, I have passed this to our warehouse and will let you know.",
    "I am sorry about this. Give me a moment to check.",
)
ANSWERS = (
    "Thank you. It would be good to have this settled this week.",
    "Any news? I am at home in the afternoons.",
    "All right, I will wait for your answer.",
)
RESOLUTIONS = (
    "This is settled now. If anything is left, just answer this message.",
    "Done: you will get a confirmation within the hour.",
    "We have sent you what was missing; please excuse the trouble.",
)
