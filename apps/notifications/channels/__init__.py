"""How a message leaves the house: mail by SMTP, text messages by Alibaba Cloud."""
